import { describeFamily } from '../support/describeFamily.js';
import { shapes } from './shape.cases.js';

describeFamily('shape', shapes);
