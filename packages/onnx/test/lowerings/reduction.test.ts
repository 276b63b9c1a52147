import { describeFamily } from '../support/describeFamily.js';
import { reductions } from './reduction.cases.js';

describeFamily('reduction', reductions);
