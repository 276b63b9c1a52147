/** An attention block of equivariant layers, by itself and nested in another model. */
import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { EquivariantLinear, fieldType } from '@intertwiner/layers';

const so3 = group('SO(3)');

/** Softmax attention between tokens whose features are queries, keys and values side by side. */
class Attention extends tf.layers.Layer {
  static readonly className = 'TestAttention';

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, n, width] = shape as [number, number, number];
    return [batch, n, width / 3];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [queries, keys, values] = tf.split((inputs as tf.Tensor[])[0] ?? inputs, 3, 2);
      // Invariant for orthogonal representations.
      return tf.matMul(tf.softmax(tf.matMul(queries, keys, false, true)), values);
    });
  }
}

const token = fieldType([natural(so3), 2], [trivial(so3), 2]);
const triple = fieldType(
  ...[0, 1, 2].flatMap(() => [[natural(so3), 2] as const, [trivial(so3), 2] as const]),
);

/** Tokens of two vectors and two scalars, mixed, attended to, added and mixed again. */
export function attentionBlock(): tf.LayersModel {
  const x = tf.input({ shape: [4, 8], name: 'tokens' });
  const mixed = new EquivariantLinear({ input: token, output: triple, name: 'qkv' }).apply(x);
  const attended = new Attention({ name: 'attend' }).apply(mixed) as tf.SymbolicTensor;
  const skip = tf.layers.add({ name: 'skip' }).apply([x, attended]) as tf.SymbolicTensor;
  const forward = new EquivariantLinear({ input: token, output: token, name: 'forward' });
  const outputs = forward.apply(skip) as tf.SymbolicTensor;
  return tf.model({ inputs: x, outputs, name: 'block' });
}

/** The block within another model, before a layer of its own. */
export function nestedBlock(): tf.LayersModel {
  const x = tf.input({ shape: [4, 8], name: 'outer' });
  const y = attentionBlock().apply(x) as tf.SymbolicTensor;
  const last = new EquivariantLinear({ input: token, output: token, name: 'last' });
  return tf.model({ inputs: x, outputs: last.apply(y) as tf.SymbolicTensor });
}
