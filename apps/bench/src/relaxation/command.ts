/** `relaxation` on the command line. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { Option, type Command } from 'commander';
import { loadTfjsBackend, writeFileAtomic } from '@intertwiner/engine';
import { replaceBetween } from '../results.js';
import { named } from '../rows.js';
import type { Clock } from '../train/clock.js';
import { raceRelaxation, type RelaxationRow } from './race.js';
import { relaxationTasks, variants, type RelaxationTask } from './tasks.js';

interface CommandOptions {
  readonly rows?: readonly RelaxationTask[];
  readonly rounds: number;
  readonly steps: number;
  readonly threads?: number;
  readonly clock: Clock;
  readonly json?: string;
  readonly markdown?: string;
}

export function addRelaxation(program: Command): void {
  program
    .command('relaxation')
    .description('training steps of relaxed networks beside those of the strict ones')
    .option(
      '--rows <names>',
      `some of ${relaxationTasks.map(({ name }) => name).join(',')}; default: all`,
      (names: string) => named(relaxationTasks, names),
    )
    .option('--rounds <n>', 'in which all take their turns', Number, 7)
    .option('--steps <n>', 'of each in a round', Number, 10)
    .option('--threads <n>', 'default: all, or one for time on the cores', Number)
    .addOption(
      new Option('--clock <kind>', 'time that passes, or time on the cores')
        .choices(['wall', 'cpu'])
        .default('wall'),
    )
    .option('--json <file>', 'write the numbers')
    .option('--markdown <file>', 'write the table between its comments in a page')
    .action(run);
}

async function run(options: CommandOptions): Promise<void> {
  const { rows: tasks = relaxationTasks, rounds, steps, clock, json, markdown } = options;
  const threads = options.threads ?? (clock === 'cpu' ? 1 : availableParallelism());
  await loadTfjsBackend('tfjs-cpu');
  const load = loadavg()[0]!;
  const rows: RelaxationRow[] = [];
  for (const task of tasks) {
    process.stderr.write(`${task.title}\n`);
    rows.push(await raceRelaxation(task, { rounds, steps, threads, clock }));
  }
  const machine = { cpu: cpus()[0]!.model, threads, clock, load, rounds, steps };
  if (json) await writeFileAtomic(json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  const text = formatRelaxation(rows);
  process.stdout.write(`${text}\n`);
  if (!markdown) return;
  const page = await readFile(markdown, 'utf8');
  await writeFileAtomic(markdown, replaceBetween(page, `relaxation ${clock}`, text));
}

/** Milliseconds per step, and how many times the strict step that is. */
export function formatRelaxation(rows: readonly RelaxationRow[]): string {
  const head = ['network', ...variants.map(({ title }) => title)];
  const body = rows.map(({ title, cells }) => [
    title,
    ...cells.map(({ ms, ratio }, i) => {
      const time = ms.median.toPrecision(3);
      return i === 0 ? time : `${time} (${ratio.toFixed(2)} ×)`;
    }),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
