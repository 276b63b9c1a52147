/** Small transformers: z = (x, τ) cut into tokens, attention between them, a linear output. */
import * as tf from '@tensorflow/tfjs';
import { gaussianVariable } from '../network/variables.js';
import { summedPairs } from './channels.js';
import { dense, denseWeights, makeDense, type Dense } from './dense.js';
import { inputGain, studentInput, type StudentFamily } from './student.js';

/** Numbers of z in a token. */
const tokenSize = 8;
const heads = 2;

/**
 * `depth` pre-normalised blocks (Vaswani et al. 2017; Xiong et al. 2020) of attention with two heads
 * and a ReLU network of twice the width. The last tokens are filled up with zeros; positions are
 * learned.
 *
 * @param width even.
 */
export const transformerFamily = (width: number, depth: number): StudentFamily => ({
  name: `transformer ${width}×${depth}`,
  create(shape, name, stream) {
    const inputs = shape.inputSize + shape.filterSize;
    const tokens = Math.ceil(inputs / tokenSize);
    const layer = (tag: string, rows: number, columns: number, gain: number) =>
      makeDense(stream, [rows, columns], `${name}/${tag}`, gain);
    const embed = layer('embed', tokenSize, width, inputGain(shape));
    const position = gaussianVariable<tf.Rank.R2>(stream, [tokens, width], `${name}/position`, 0.5);
    const blocks = Array.from({ length: depth }, (_, i) => ({
      qkv: layer(`${i}/qkv`, width, 3 * width, 1),
      mix: layer(`${i}/mix`, width, width, 1 / depth),
      up: layer(`${i}/up`, width, 2 * width, 2),
      down: layer(`${i}/down`, 2 * width, width, 1 / depth),
    }));
    const last = layer('out', tokens * width, shape.outputSize, 1);
    const apply = (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
      tf.tidy(() => {
        const z = studentInput(shape, x, tau).pad([
          [0, 0],
          [0, tokens * tokenSize - inputs],
        ]);
        const cut = z.reshape([-1, tokenSize]) as tf.Tensor2D;
        const start = dense(cut, embed).reshape([-1, tokens, width]).add(position) as tf.Tensor3D;
        const seen = blocks.reduce<tf.Tensor3D>((h, block) => {
          const mixed = h.add(attention(normalised(h), block.qkv, block.mix)) as tf.Tensor3D;
          const hidden = perToken(normalised(mixed), block.up).relu() as tf.Tensor3D;
          return mixed.add(perToken(hidden, block.down)) as tf.Tensor3D;
        }, start);
        return dense(normalised(seen).reshape([-1, tokens * width]) as tf.Tensor2D, last);
      });
    const layers = [embed, ...blocks.flatMap(({ qkv, mix, up, down }) => [qkv, mix, up, down])];
    const weights = [position as tf.Variable, ...denseWeights([...layers, last])];
    return { weights, apply, channels: summedPairs(apply), dispose: () => tf.dispose(weights) };
  },
});

/** A dense layer on every token of [B, T, C]. */
const perToken = (h: tf.Tensor3D, layer: Dense): tf.Tensor3D =>
  dense(h.reshape([-1, h.shape[2]]), layer).reshape([-1, h.shape[1], layer.bias.size]);

/** Every token with mean 0 and variance 1. */
function normalised(h: tf.Tensor3D): tf.Tensor3D {
  const centred = h.sub(h.mean(2, true));
  return centred.div(centred.square().mean(2, true).add(1e-5).sqrt());
}

function attention(h: tf.Tensor3D, qkv: Dense, mix: Dense): tf.Tensor3D {
  const [, tokens, width] = h.shape;
  const size = width / heads;
  const split = perToken(h, qkv).reshape([-1, tokens, 3, heads, size]).transpose([2, 0, 3, 1, 4]);
  const part = (i: number) =>
    split.slice([i, 0, 0, 0, 0], [1, -1, -1, -1, -1]).reshape([-1, tokens, size]);
  const scores = tf.matMul(part(0), part(1), false, true).div(Math.sqrt(size)).softmax();
  const mixed = tf
    .matMul(scores, part(2))
    .reshape([-1, heads, tokens, size])
    .transpose([0, 2, 1, 3])
    .reshape([-1, tokens, width]) as tf.Tensor3D;
  return perToken(mixed, mix);
}
