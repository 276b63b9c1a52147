import { describeFamily } from '../support/describeFamily.js';
import { creation } from './creation.cases.js';

describeFamily('creation', creation);
