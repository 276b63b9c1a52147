import * as tf from '@tensorflow/tfjs';
import { PlanarConv2d } from './planarConv2d.js';

/**
 * Group convolution: regular fields → regular fields of a planar group,
 * y[p, c·|G|+g] = b_c + Σ_{q,h} x[p + q, h]·τ_c[g⁻¹q, g⁻¹h] (Cohen & Welling 2016, eq. 11).
 *
 * Input [B, H, W, Cin·|G|], output [B, H, W, filters·|G|], both with the group index fastest.
 * Weights: `kernel` [k·k·|G|, Cin, filters] with variance 2/(k²·|G|·Cin), `bias` [filters], zero.
 */
export class GroupConv2d extends PlanarConv2d {
  static readonly className = 'GroupConv2d';
}

tf.serialization.registerClass(GroupConv2d);
