import { describeFamily } from '../support/describeFamily.js';
import { elementwise } from './elementwise.cases.js';

describeFamily('elementwise', elementwise);
