/** The comparison on N-body as a table of docs/results.md. */
import { estimate } from '../../results.js';
import type { ArmResult } from '../compare.js';
import type { Comparison, SeedResult } from './experiment.js';

export function nBodyTable({ law, train, test, plan, baselines, arms }: Comparison): string {
  const rows = arms.map(({ published, ...arm }) =>
    [
      arm.title,
      arm.parameters.toLocaleString('en-US'),
      String(arm.runs.length),
      testError(arm),
      published === null ? '–' : thousandths(published),
      String(plan.epochs[arm.name]),
      estimate(arm.runs.map((run) => run.epoch)).mean.toFixed(0),
      String(arm.rate),
      estimate(arm.runs.map((run) => run.cpuSeconds)).mean.toFixed(0),
    ].join(' | '),
  );
  return `Five charges, ${law} force, ${train.toLocaleString('en-US')} trajectories to train and ${test.toLocaleString('en-US')} to test, frame 30 → 40; batch ${plan.batch}; mean squared error × 10³, mean over seeds ± half of the 95 % interval (Student's t).

| network | weights | seeds | test error | published | epochs | best epoch | rate | core seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| positions as they are | 0 | – | ${thousandths(baselines.still)} | – | – | – | – | – |
| straight on, x + v·t | 1 | – | ${thousandths(baselines.straight)} | 81.9 | – | – | – | – |
${rows.map((row) => `| ${row} |`).join('\n')}

Learning rates tried (validation error × 10³, after a fifth of the epochs): ${arms.map(tries).join('; ')}.`;
}

const thousandths = (value: number): string => (1e3 * value).toFixed(1);

function testError({ runs }: ArmResult<SeedResult>): string {
  const { mean, halfWidth } = estimate(runs.map((run) => 1e3 * run.testError));
  const text = mean.toFixed(1);
  return runs.length < 2 ? text : `${text} ± ${halfWidth.toFixed(1)}`;
}

function tries({ title, tuning }: ArmResult<SeedResult>): string {
  const list = tuning.map(({ rate, validationError }) =>
    validationError === null ? `${rate} diverged` : `${rate} ${thousandths(validationError)}`,
  );
  return `${title} ${list.join(', ')}`;
}
