import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { exportModel } from '@intertwiner/onnx';

test('the bytes of a model do not depend on what was traced before', () => {
  const options = { inputs: [{ name: 'x', shape: [null, 3] }] };
  const write = () => exportModel((x) => tf.softmax(tf.square(x).mul(2).add(1)), options);
  const first = write();
  exportModel((x) => tf.relu(x), options);
  expect(write()).toEqual(first);
});
