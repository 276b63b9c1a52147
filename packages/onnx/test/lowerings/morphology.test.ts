import { describeFamily } from '../support/describeFamily.js';
import { morphology } from './morphology.cases.js';

describeFamily('morphology', morphology);
