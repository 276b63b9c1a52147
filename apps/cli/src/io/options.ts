/** Options that verbs share, and the parsing of their values. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { deviceNames } from '@intertwiner/engine';
import { defaultSeconds } from '../guard/guard.js';

export interface CommonOptions {
  readonly seed: number;
  readonly device: string;
  readonly out?: string;
  readonly json: boolean;
}

export function addCommonOptions(command: Command): Command {
  return command
    .option('--seed <n>', 'fixes everything random', integer, 0)
    .addOption(
      new Option('--device <name>', 'where to run')
        .choices(deviceNames as string[])
        .default('auto'),
    )
    .option('--out <folder>', 'where to write files')
    .option('--json', 'print one JSON document on stdout', false);
}

/** The common options, and the limits under which verbs run files of strangers (src/guard). */
export function addModelOptions(command: Command): Command {
  return addCommonOptions(command)
    .option('--time-limit <seconds>', `stop after so long (default: ${defaultSeconds})`, positive)
    .option(
      '--memory-limit <megabytes>',
      'stop at so much memory (default: three quarters of the machine; on Linux)',
      positive,
    );
}

export function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('expected an integer');
  return value;
}

/** Integers such as `0,1,2`. */
export const integers = (text: string): number[] => text.split(',').map(integer);

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a positive number');
  }
  return value;
}

export function positiveInteger(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError('expected a positive integer');
  return value;
}

/** Two positive integers, such as `8,12`; one stands for both. */
export function integerPair(text: string): [number, number] {
  const given = text.split(',');
  const parts = given.length === 1 ? [text, text] : given;
  if (parts.length !== 2) throw new InvalidArgumentError('expected two integers, such as 8,12');
  return [positiveInteger(parts[0]!), positiveInteger(parts[1]!)];
}

/** A number that may be 0. */
export function weight(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number of at least 0');
  }
  return value;
}

/** Parses a list such as `a,b` of names that are known. @param what they are called. */
export const listOf =
  <T extends string>(what: string, known: readonly T[]) =>
  (text: string): T[] =>
    text.split(',').map((name) => {
      const found = known.find((candidate) => candidate === name);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(
        `There is no ${what} '${name}'; there are: ${known.join(', ')}.`,
      );
    });

/** Gathers the values of an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** One `name=n` more. */
export function extent(text: string, before: Readonly<Record<string, number>>) {
  const [, name, value] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (!name || !(Number(value) > 0)) throw new InvalidArgumentError('expected such as points=16');
  return { ...before, [name]: Number(value) };
}
