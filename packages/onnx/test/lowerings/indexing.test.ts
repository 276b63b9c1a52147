import { describeFamily } from '../support/describeFamily.js';
import { indexing } from './indexing.cases.js';

describeFamily('indexing', indexing);
