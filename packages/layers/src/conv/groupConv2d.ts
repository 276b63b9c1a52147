import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { describeType } from '../field/fieldType.js';
import { typeOf } from '../field/typedLayer.js';
import { groupFilterIndex } from './filterIndex.js';
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

  override apply(...args: Parameters<PlanarConv2d['apply']>): ReturnType<PlanarConv2d['apply']> {
    const [inputs] = args;
    const found = typeOf(Array.isArray(inputs) ? inputs[0] : inputs);
    const fits = (name: string) => name === 'R' && found?.group === this.group.name;
    if (found && !found.terms.every(({ name }) => fits(name))) {
      throw new LayerError(
        this.name,
        `expected a regular field of ${this.group.name}, but its input carries ` +
          `${describeType(found)}; use the same group in both layers.`,
      );
    }
    return super.apply(...args);
  }

  protected get inputFieldSize(): number {
    return this.group.order;
  }

  protected filterIndex(): Int32Array {
    return groupFilterIndex(this.group, this.kernelSize);
  }
}

tf.serialization.registerClass(GroupConv2d);
