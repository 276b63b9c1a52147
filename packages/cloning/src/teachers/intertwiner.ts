import * as tf from '@tensorflow/tfjs';
import { homBasis, type Group, type Representation } from '@intertwiner/groups';
import { vectorAction, type Action } from '@intertwiner/layers';
import { applyBilinear, bilinearChannels } from '../network/bilinear.js';
import type { LayerTeacher } from './teacher.js';

/**
 * The general equivariant linear layer between two representations of any group: y = Σ_k τ_k B_k x
 * with B_k a basis of the intertwiners. On sets it is the layer of Deep Sets (permutations of n
 * points), on point clouds that of vector neurons (copies of the rotations of space), and so on.
 *
 * @throws RangeError if no map but 0 is equivariant.
 */
export function intertwinerTeacher<G extends Group>(
  input: Representation<G>,
  output: Representation<G>,
): LayerTeacher {
  const { rank, basis } = homBasis(input, output);
  if (rank === 0) {
    throw new RangeError(
      `intertwinerTeacher: no map but 0 from ${input.name} to ${output.name} commutes with ` +
        `${input.group.name}. Choose representations that share an irrep.`,
    );
  }
  const [rows, columns] = [output.dimension, input.dimension];
  const shape = { inputSize: columns, filterSize: rank, outputSize: rows };
  // The basis is orthonormal, so that E‖y‖² = rank for Gaussian x and τ.
  const scale = Math.sqrt(rows / rank);
  const table = new Float32Array(rank * rows * columns);
  for (let k = 0; k < rank; k++) {
    for (let o = 0; o < rows; o++) {
      for (let i = 0; i < columns; i++) {
        table[(k * columns + i) * rows + o] = scale * basis[(k * rows + o) * columns + i]!;
      }
    }
  }
  const tensor = () => tf.tensor2d(table, [rank, columns * rows]);
  return {
    name: `${input.group.name}: ${input.name} → ${output.name}`,
    ...shape,
    inputAction: vectorAction(input) as unknown as Action<Group>,
    outputAction: vectorAction(output) as unknown as Action<Group>,
    apply: applyBilinear(shape, tensor),
    channels: bilinearChannels(shape, tensor),
  };
}
