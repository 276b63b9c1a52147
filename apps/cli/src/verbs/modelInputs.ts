import type { Feeds, LoadedModel } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { UsageError } from '../io/errors.js';

/** Seeded Gaussian inputs for a model; open extents become `batch`. */
export function gaussianFeeds(model: LoadedModel, seed: number, batch: number): Feeds {
  return Object.fromEntries(
    model.inputs.map(({ name, dtype, shape }) => {
      if (dtype !== 'float32') {
        throw new UsageError(`The input '${name}' is ${dtype ?? 'of another type'}, not float32.`);
      }
      const extents = shape.map((extent) => (typeof extent === 'number' ? extent : batch));
      const size = extents.reduce((product, extent) => product * extent, 1);
      const data = random(seed, 'feeds', name).fillNormal(new Float32Array(size));
      return [name, { data, shape: extents }];
    }),
  );
}
