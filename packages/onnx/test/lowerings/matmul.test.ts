import { describeFamily } from '../support/describeFamily.js';
import { matmul } from './matmul.cases.js';

describeFamily('matmul', matmul);
