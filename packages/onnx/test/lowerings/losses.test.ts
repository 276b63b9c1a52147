import { describeFamily } from '../support/describeFamily.js';
import { losses } from './losses.cases.js';

describeFamily('losses', losses);
