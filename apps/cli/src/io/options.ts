/** Options that verbs share, and the parsing of their values. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { armNames, type ArmName } from '@intertwiner/cloning';
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

/** Names of arms of `clone`, such as `teacher,clone`. */
export function armList(text: string): ArmName[] {
  return text.split(',').map((name) => {
    if (armNames.includes(name as ArmName)) return name as ArmName;
    throw new InvalidArgumentError(`'${name}' is none of ${armNames.join(', ')}`);
  });
}

/** Gathers the values of an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** One `name=n` more. */
export function extent(text: string, before: Readonly<Record<string, number>>) {
  const [, name, value] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (!name || !(Number(value) > 0)) throw new InvalidArgumentError('expected such as points=16');
  return { ...before, [name]: Number(value) };
}
