/** The command: its verbs, and what becomes of errors. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, explain } from './io/errors.js';
import { auditVerb } from './verbs/audit.js';
import { benchVerb } from './verbs/bench.js';
import { cloneVerb } from './verbs/clone.js';
import { dataVerb } from './verbs/data.js';
import { doctorVerb } from './verbs/doctor.js';
import { basisVerb, groupsVerb } from './verbs/groups.js';
import { predictVerb } from './verbs/predict.js';
import { relaxVerb } from './verbs/relax.js';
import { reproduceVerb } from './verbs/reproduce.js';
import { verifyVerb } from './verbs/verify.js';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** Runs the command line `argv` and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('intertwiner')
    .description('Measure, teach, relax, predict and ship symmetry in neural networks.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });
  const verbs = [
    cloneVerb,
    relaxVerb,
    verifyVerb,
    auditVerb,
    predictVerb,
    reproduceVerb,
    benchVerb,
  ];
  for (const verb of [...verbs, groupsVerb, basisVerb, doctorVerb, dataVerb]) {
    program.addCommand(verb().exitOverride());
  }
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // commander has printed its message; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    return;
  }
  const { line, code } = explain(error);
  process.stderr.write(`intertwiner: ${line}\n`);
  process.exitCode = code;
}
