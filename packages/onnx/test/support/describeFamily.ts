import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptedCases, disagreements, type Family } from './kernelCase.js';

/** Compares random calls of each operation with tfjs's cpu backend, gradients included. */
export function describeFamily(name: string, family: Family): void {
  describe(`${name} lowered to ONNX agrees with tfjs-cpu`, () => {
    beforeAll(async () => {
      // Keeps tfjs's cpu backend from printing an advertisement.
      tf.env().set('IS_TEST', true);
      await tf.setBackend('cpu');
    });

    it.each(Object.entries(family))('%s', async (_, make) => {
      expect(await disagreements(acceptedCases(make))).toEqual([]);
    });
  });
}
