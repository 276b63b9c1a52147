import { describeFamily } from '../support/describeFamily.js';
import { blocks } from './blocks.cases.js';

describeFamily('blocks', blocks);
