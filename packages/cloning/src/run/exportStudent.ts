import * as tf from '@tensorflow/tfjs';
import { exportModel } from '@intertwiner/onnx';
import type { Classifier } from '../network/classifier.js';

/** How an exported classifier is used, written into the file's metadata. */
export interface ExportedSymmetry {
  /** The group under which the logits are meant to be invariant. */
  readonly group: string;
  /** Side of the images that the file takes, in pixels. */
  readonly side: number;
  /** Side of the square in the middle that is used. Default: all. */
  readonly crop?: number | null;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A classifier as an ONNX file. Input `image` [batch, side, side], values from 0 to 1; output
 * `logits` [batch, classes]. Images are cut and averaged over blocks to the network's size inside.
 */
export function exportClassifier(
  { inputSize, logits }: Classifier,
  { group, side, crop, metadata = {} }: ExportedSymmetry,
): Uint8Array {
  const size = Math.sqrt(inputSize);
  return exportModel(
    (image) => ({ logits: logits(blockMeans(middle(image as tf.Tensor3D, crop ?? side), size)) }),
    {
      name: 'student',
      inputs: [{ name: 'image', shape: [null, side, side] }],
      metadata: {
        'intertwiner.group': group,
        'intertwiner.input': 'image',
        'intertwiner.output': 'invariant',
        'intertwiner.representations': JSON.stringify({ image: 'image', logits: 'trivial' }),
        ...metadata,
      },
    },
  );
}

/** The middle of images [B, side, side], `crop` pixels wide. */
function middle(image: tf.Tensor3D, crop: number): tf.Tensor3D {
  const margin = (image.shape[1] - crop) / 2;
  return margin === 0 ? image : image.slice([0, margin, margin], [-1, crop, crop]);
}

/** [B, side, side] → [B, size²], each pixel the mean of a block. */
function blockMeans(image: tf.Tensor3D, size: number): tf.Tensor2D {
  const side = image.shape[1];
  const factor = side / size;
  return tf.tidy(() => {
    const rows = image.reshape([-1, factor, side]).mean(1);
    return rows
      .reshape([-1, size, factor])
      .mean(2)
      .reshape([-1, size * size]) as tf.Tensor2D;
  });
}
