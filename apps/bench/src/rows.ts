import { InvalidArgumentError } from 'commander';

/** The rows of a suite that an option names, separated by commas. */
export function named<T extends { readonly name: string }>(
  tasks: readonly T[],
  names: string,
): T[] {
  return names.split(',').map((name) => {
    const task = tasks.find((task) => task.name === name);
    if (task) return task;
    const known = tasks.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError(`There is no row '${name}'; the rows: ${known}.`);
  });
}
