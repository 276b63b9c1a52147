import { describeFamily } from '../support/describeFamily.js';
import { normalisation } from './normalisation.cases.js';

describeFamily('normalisation', normalisation);
