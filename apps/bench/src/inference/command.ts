import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { compareReports, writeFileAtomic, type InferenceReport } from '@intertwiner/engine';
import { htmlReport, inferenceReport } from '@intertwiner/report';
import { benchInference, inferenceMarkdown } from '../inference.js';
import { replaceBetween } from '../results.js';
import { modelSizes } from './models.js';

export const inferenceCommand = new Command('inference')
  .description('inference on every runtime, in Node, in Chromium and in Python')
  .option('--sizes <names>', 'small, full', 'small,full')
  .option('--rounds <n>', 'in which all take their turns', Number, 5)
  .option('--turn <ms>', 'length of a turn', Number, 200)
  .option('--only <parts>', 'only runtimes whose name holds one of these')
  .option('--python <command>', 'the Python of onnxruntime and PyTorch', 'python3')
  .option('--json <file>', 'write the numbers; `intertwiner bench --compare` reads them too')
  .option('--html <file>', 'write a page with plots')
  .option('--add <file>', 'numbers of an earlier run to keep beside these')
  .option('--compare <file>', 'the numbers of before: tells what got slower')
  .option('--markdown <file>', 'write the tables between its comments in a page')
  .action(
    async (options: {
      sizes: string;
      rounds: number;
      turn: number;
      only?: string;
      python: string;
      json?: string;
      html?: string;
      add?: string;
      compare?: string;
      markdown?: string;
    }) => {
      const readReport = async (path: string | undefined) =>
        path ? (JSON.parse(await readFile(path, 'utf8')) as InferenceReport) : null;
      const earlier = await readReport(options.add);
      const withEarlier = (report: InferenceReport): InferenceReport => ({
        ...report,
        rows: [...(earlier?.rows ?? []), ...report.rows],
        absent: [...(earlier?.absent ?? []), ...report.absent],
      });
      const save = async (report: InferenceReport) => {
        if (!options.json) return;
        await writeFileAtomic(options.json, `${JSON.stringify(withEarlier(report), null, 2)}\n`);
      };
      const measured = await benchInference({
        sizes: modelSizes.filter(({ name }) => options.sizes.split(',').includes(name)),
        rounds: options.rounds,
        turnMs: options.turn,
        python: options.python,
        ...(options.only ? { only: options.only.split(',') } : {}),
        log: (line) => process.stderr.write(`${line}\n`),
        onCase: save,
      });
      const report = withEarlier(measured);
      const before = await readReport(options.compare);
      const change = before && compareReports(before, report);
      const text = inferenceMarkdown(report);
      process.stdout.write(`${text}\n`);
      for (const row of change?.rows.filter(({ verdict }) => verdict !== 'same') ?? []) {
        const { model, batch, runtime, ratio, verdict } = row;
        process.stdout.write(`${verdict} ×${ratio.toFixed(2)}: ${model}, ${batch}, ${runtime}\n`);
      }
      if (options.html) {
        await writeFileAtomic(options.html, htmlReport(inferenceReport(report, change)));
      }
      if (options.markdown) {
        const page = await readFile(options.markdown, 'utf8');
        await writeFileAtomic(options.markdown, replaceBetween(page, 'inference', text));
      }
    },
  );
