/** Checks of a flat record that a person wrote. */
import { ConfigError } from './errors.js';

/** Returns the value if it fits, and says in words what would. */
export interface Field<T> {
  readonly expected: string;
  accepts(value: unknown): value is T;
}

export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

const field = <T>(expected: string, accepts: (value: unknown) => boolean): Field<T> => ({
  expected,
  accepts: accepts as Field<T>['accepts'],
});

export const text: Field<string> = field('text', (value) => typeof value === 'string');

export const oneOf = <T extends string>(...choices: readonly T[]): Field<T> =>
  field(`one of ${choices.join(', ')}`, (value) => choices.includes(value as T));

export const pair = <T>(entry: Field<T>): Field<readonly [T, T]> =>
  field(
    `two of: ${entry.expected}`,
    (value) => Array.isArray(value) && value.length === 2 && value.every(entry.accepts),
  );

export const list = <T>(entry: Field<T>): Field<readonly T[]> =>
  field(
    `a list, each ${entry.expected}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every(entry.accepts),
  );

export interface NumberLimits {
  readonly integer?: boolean;
  readonly above?: number;
  readonly atLeast?: number;
}

export function number(limits: NumberLimits & { readonly orNull: true }): Field<number | null>;
export function number(limits: NumberLimits): Field<number>;
export function number({
  integer = false,
  above = -Infinity,
  atLeast = -Infinity,
  orNull = false,
}: NumberLimits & { readonly orNull?: boolean }): Field<number | null> {
  const bound =
    above > -Infinity ? ` above ${above}` : atLeast > -Infinity ? ` of at least ${atLeast}` : '';
  const expected = `${integer ? 'an integer' : 'a number'}${bound}${orNull ? ', or null' : ''}`;
  return field(expected, (value) => {
    if (value === null) return orNull;
    if (typeof value !== 'number' || !Number.isFinite(value)) return false;
    return (!integer || Number.isInteger(value)) && value > above && value >= atLeast;
  });
}

/** @throws ConfigError if a field is missing, unknown, or does not fit. */
export function checkFields<T>(record: unknown, fields: Fields<T>): T {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw new ConfigError('A configuration is one JSON object.');
  }
  const given = record as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !(name in fields));
  if (unknown !== undefined) {
    throw new ConfigError(
      `A configuration has no '${unknown}'. Its fields: ${Object.keys(fields).join(', ')}.`,
    );
  }
  for (const [name, { expected, accepts }] of Object.entries<Field<unknown>>(fields)) {
    if (accepts(given[name])) continue;
    const found = name in given ? JSON.stringify(given[name]) : 'missing';
    throw new ConfigError(`${name} must be ${expected}; it is ${found}.`);
  }
  return record as T;
}
