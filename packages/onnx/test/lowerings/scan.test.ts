import { describeFamily } from '../support/describeFamily.js';
import { scans } from './scan.cases.js';

describeFamily('scan', scans);
