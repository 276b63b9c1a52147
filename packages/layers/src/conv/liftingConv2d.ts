import * as tf from '@tensorflow/tfjs';
import { PlanarConv2d } from './planarConv2d.js';

/**
 * Lifting convolution: images → regular fields of a planar group,
 * y[p, c·|G|+g] = b_c + Σ_q x[p + q]·τ_c[g⁻¹q] (Cohen & Welling 2016, eq. 10).
 *
 * Input [B, H, W, Cin], output [B, H, W, filters·|G|] with the group index fastest; an element h
 * acts on the output by (h·y)[p, g] = y[h⁻¹p, h⁻¹g]. Weights: `kernel` [k·k, Cin, filters] with
 * variance 2/(k²·Cin), `bias` [filters], zero.
 */
export class LiftingConv2d extends PlanarConv2d {
  static readonly className = 'LiftingConv2d';

  protected override get inputFieldSize(): number {
    return 1;
  }
}

tf.serialization.registerClass(LiftingConv2d);
