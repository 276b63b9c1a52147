import { describeFamily } from '../support/describeFamily.js';
import { warping } from './warp.cases.js';

describeFamily('warp', warping);
