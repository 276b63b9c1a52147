import type { StepOutputs } from './program.js';

/** Joins what several calls returned. */
export function concatOutputs(parts: readonly StepOutputs[]): StepOutputs {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, concat(parts.map((part) => part[name]!))]));
}

/** Both outputs, one after the other where they have a name in common. */
export function appendOutputs(before: StepOutputs, after: StepOutputs): StepOutputs {
  const joined = Object.entries(after).map(
    ([name, values]) => [name, concat([before[name] ?? new Float32Array(), values])] as const,
  );
  return { ...before, ...Object.fromEntries(joined) };
}

function concat(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
}
