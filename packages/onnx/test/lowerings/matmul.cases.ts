import * as tf from '@tensorflow/tfjs';
import type { Draw } from '../support/draw.js';
import type { Family, KernelCase } from '../support/kernelCase.js';

/** Two factors of a product over the last two axes, transposed or not, with batch axes. */
function product(draw: Draw, batchA: readonly number[], batchB: readonly number[]): KernelCase {
  const [rows, inner, columns] = [draw.extent(), draw.extent(), draw.extent()];
  const [transposeA, transposeB] = [draw.bool(), draw.bool()];
  const a = transposeA ? [inner, rows] : [rows, inner];
  const b = transposeB ? [columns, inner] : [inner, columns];
  return {
    call: `matMul ${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`,
    fn: (x, y) => tf.matMul(x, y, transposeA, transposeB),
    inputs: [draw.floats([...batchA, ...a]), draw.floats([...batchB, ...b])],
  };
}

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

const fused = (draw: Draw): KernelCase => {
  const activation = draw.pick(activations);
  const [batch, rows, inner, columns] = [
    draw.integer(1, 3),
    draw.integer(1, 3),
    2,
    draw.integer(1, 4),
  ];
  const fn = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
    tf.fused.matMul({
      a: a as tf.Tensor3D,
      b: b as tf.Tensor3D,
      bias,
      activation,
      leakyreluAlpha: 0.3,
    });
  const inputs = [
    draw.floats([batch, rows, inner]),
    draw.floats([batch, inner, columns]),
    draw.floats([columns]),
  ];
  // tfjs knows no gradient of a fused leaky relu.
  return { call: `fused.matMul, ${activation}`, fn, inputs, gradient: activation !== 'leakyrelu' };
};

export const matmul: Family = {
  matrices: (draw) => product(draw, [], []),
  stacks: (draw) => {
    const batch = draw.shape(1, 2);
    return product(draw, batch, batch);
  },
  // tfjs's cpu backend broadcasts wrongly where both operands have batch axes of 1.
  'stacks that broadcast': (draw) => {
    const batch = draw.solid(1, 2);
    const ones = batch.map(() => 1);
    return draw.bool() ? product(draw, batch, ones) : product(draw, ones, batch);
  },
  'a stack by one matrix': (draw) => product(draw, draw.shape(1, 2), [1]),
  fused,
  'fused, prelu': (draw) => {
    const fn = (a: tf.Tensor, b: tf.Tensor, weights: tf.Tensor) =>
      tf.fused.matMul({
        a: a as tf.Tensor2D,
        b: b as tf.Tensor2D,
        activation: 'prelu',
        preluActivationWeights: weights,
      });
    const inputs = [draw.floats([3, 2]), draw.floats([2, 4]), draw.floats([4], 0, 1)];
    return { call: 'fused.matMul, prelu', fn, inputs, gradient: false };
  },
  dot: (draw) => {
    const length = draw.integer(1, 4);
    const inputs = [draw.floats([length]), draw.floats([length, 3])];
    return { call: 'dot', fn: (a, b) => tf.dot(a, b), inputs };
  },
  outerProduct: (draw) => ({
    call: 'outerProduct',
    fn: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    inputs: [draw.floats([draw.integer(1, 4)]), draw.floats([3])],
  }),
  einsum: (draw) => {
    const extents: Record<string, number> = {
      i: draw.integer(1, 3),
      j: draw.integer(1, 3),
      k: draw.integer(1, 4),
      b: 2,
    };
    const equation = draw.pick([
      'ij,jk->ik',
      'bij,bjk->bik',
      'ij,ij->i',
      'ij->ji',
      'ij->',
      'ij,k->kji',
      'bi,bj,bk->ijk',
    ]);
    const terms = equation.split('->')[0]!.split(',');
    const inputs = terms.map((term) => draw.floats([...term].map((letter) => extents[letter]!)));
    return {
      call: `einsum ${equation}`,
      fn: (...x) => tf.einsum(equation, ...x),
      inputs,
      gradient: false,
    };
  },
  // Composed by tfjs of products, slices and concatenations.
  'linalg.qr': (draw) => {
    const [rows, columns] = [draw.integer(2, 4), draw.integer(2, 4)];
    return {
      call: `linalg.qr of ${rows} × ${columns}`,
      fn: (x) => tf.linalg.qr(x),
      inputs: [draw.floats([rows, columns])],
      gradient: false,
    };
  },
  'linalg.gramSchmidt': (draw) => {
    const vectors = draw.integer(1, 3);
    return {
      call: `linalg.gramSchmidt of ${vectors}`,
      fn: (x) => tf.linalg.gramSchmidt(x as tf.Tensor2D) as tf.Tensor,
      inputs: [draw.floats([vectors, 4])],
      // It divides by what is left of a vector, which may be small.
      tolerance: 1e-4,
      gradient: false,
    };
  },
  'linalg.bandPart': (draw) => {
    const [lower, upper] = [draw.integer(-1, 2), draw.integer(-1, 2)];
    return {
      call: `linalg.bandPart ${lower} ${upper}`,
      fn: (x) => tf.linalg.bandPart(x, lower, upper),
      inputs: [draw.floats([2, 3, 4])],
    };
  },
};
