/**
 * Names of variables that do not depend on what the process made before. tfjs numbers variables
 * without a name in the order in which they are made, those of `tf.train` optimizers among them; a
 * saved state calls them by their place among the unnamed variables of the program instead.
 */

/** The lasting name of each variable, by the name under which tfjs has it. */
export function lastingNames(names: readonly string[]): ReadonlyMap<string, string> {
  const unnamed = names.filter(isNumber).sort((a, b) => Number(a) - Number(b));
  return new Map(
    names.map((name) => [name, isNumber(name) ? `unnamed:${unnamed.indexOf(name)}` : name]),
  );
}

const isNumber = (name: string): boolean => /^\d+$/.test(name);

/** A record with its keys renamed; those that the map does not know stay. */
export const renamed = <T>(
  record: Readonly<Record<string, T>>,
  names: ReadonlyMap<string, string>,
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [names.get(name) ?? name, value]),
  );

/** From the lasting names back to those of tfjs. */
export const inverse = (names: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...names].map(([name, lasting]) => [lasting, name]));
