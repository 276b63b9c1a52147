import { describeFamily } from '../support/describeFamily.js';
import { resizing } from './resize.cases.js';

describeFamily('resize', resizing);
