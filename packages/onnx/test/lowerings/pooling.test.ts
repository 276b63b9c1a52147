import { describeFamily } from '../support/describeFamily.js';
import { pooling } from './pooling.cases.js';

describeFamily('pooling', pooling);
