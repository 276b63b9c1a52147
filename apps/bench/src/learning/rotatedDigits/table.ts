/** The comparison on rotated digits as a table and a picture of docs/results.md. */
import { barChartSvg } from '@intertwiner/report';
import { estimate } from '../../results.js';
import type { ArmResult } from '../compare.js';
import type { Comparison, SeedResult, Turning } from './experiment.js';

type Arm = ArmResult<SeedResult>;

export function rotatedDigitsTable({ data, train, test, plan, arms }: Comparison): string {
  const rows = arms.map((arm) =>
    [
      arm.title,
      arm.parameters.toLocaleString('en-US'),
      String(arm.runs.length),
      testError(arm),
      turning(arm, ({ by90 }) => by90),
      turning(arm, ({ by45 }) => by45),
      agreement(arm, ({ by45 }) => by45),
      String(arm.rate),
      seconds(arm),
    ].join(' | '),
  );
  return `${data}, ${train.toLocaleString('en-US')} digits to train and ${test.toLocaleString('en-US')} to test, each turned by an angle of its own; ${plan.epochs} epochs, batch ${plan.batch}; mean over seeds ± half of the 95 % interval (Student's t).

| network | weights | seeds | test error | moved by 90° | moved by 45° | same class at 45° | rate | core seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}

${differences(arms)}

Learning rates tried (validation error): ${arms.map(tries).join('; ')}.`;
}

export function rotatedDigitsPicture({ arms }: Comparison): string {
  return barChartSvg({
    kind: 'bars',
    y: { label: 'test error' },
    bars: ['test error'],
    groups: arms.map((arm) => {
      const { mean, halfWidth } = estimate(arm.runs.map((run) => run.testError));
      const interval = { value: mean, low: mean - halfWidth, high: mean + halfWidth };
      return { name: arm.title, values: [interval] };
    }),
  });
}

/** Without an interval if there is one run. */
const percent = (values: readonly number[]): string => {
  const { mean, halfWidth } = estimate(values);
  const text = (100 * mean).toFixed(2);
  return values.length < 2 ? text : `${text} ± ${(100 * halfWidth).toFixed(2)}`;
};

const testError = ({ runs }: Arm): string => `${percent(runs.map((run) => run.testError))} %`;

function turning({ runs }: Arm, of: (run: SeedResult) => Turning): string {
  const { mean, halfWidth } = estimate(runs.map((run) => of(run).mean));
  if (mean < 1e-4) return mean.toExponential(1);
  const text = mean.toFixed(3);
  return runs.length < 2 ? text : `${text} ± ${halfWidth.toFixed(3)}`;
}

const agreement = ({ runs }: Arm, of: (run: SeedResult) => Turning): string =>
  `${(100 * estimate(runs.map((run) => of(run).agreement)).mean).toFixed(1)} %`;

const seconds = ({ runs }: Arm): string =>
  estimate(runs.map((run) => run.cpuSeconds)).mean.toFixed(0);

/** Each network against the one above it, seed by seed. */
function differences(arms: readonly Arm[]): string {
  const first = arms[0]!;
  const list = arms.slice(1).map((arm) => {
    const gains = arm.runs.flatMap(({ seed, testError }) => {
      const other = first.runs.find((run) => run.seed === seed);
      return other ? [other.testError - testError] : [];
    });
    return `${arm.title} ${percent(gains)}`;
  });
  return `Fewer errors than the ${first.title}, seed by seed, in points: ${list.join('; ')}.`;
}

function tries({ title, tuning }: Arm): string {
  const list = tuning.map(({ rate, validationError }) =>
    validationError === null
      ? `${rate} diverged`
      : `${rate} ${(100 * validationError).toFixed(1)} %`,
  );
  return `${title} ${list.join(', ')}`;
}
