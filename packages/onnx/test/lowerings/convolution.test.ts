import { describeFamily } from '../support/describeFamily.js';
import { convolution } from './convolution.cases.js';

describeFamily('convolution', convolution);
