import { describeFamily } from '../support/describeFamily.js';
import { searching } from './search.cases.js';

describeFamily('search', searching);
