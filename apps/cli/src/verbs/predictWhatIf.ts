/** What would change a prediction: the classes, the number of poses, the architecture, settings. */
import type { Digits } from '@intertwiner/datasets';
import { group as parseGroup, asFiniteGroup } from '@intertwiner/groups';
import {
  classPairs,
  compareKernels,
  learningCurve,
  posesNeeded,
  sensitivities,
  type ClassPairDiagnosis,
  type Prediction,
  type Sensitivity,
} from '@intertwiner/neural-kernels';
import { short, textTable } from '../io/output.js';
import { actionOn } from './digitPoses.js';
import {
  kernelOf,
  layersOf,
  type ArchitectureName,
  type PosedQuestion,
  type PredictVerbOptions,
} from './predict.js';

/** The exact ε of another choice. */
export interface Alternative {
  readonly name: string;
  readonly exact: Prediction['exact'];
  readonly verdict: Prediction['verdict'];
}

export interface WhatIfs {
  /** Worst first. */
  readonly classPairs: readonly ClassPairDiagnosis[];
  /** Best first. */
  readonly architectures: readonly Alternative[];
  /** ε against the number of poses, and how many are needed for the wanted ε; cyclic groups only. */
  readonly poses: {
    readonly curve: readonly { readonly n: number; readonly exact: number }[];
    readonly wanted: number;
    readonly needed: number | null;
  } | null;
  readonly sensitivities: readonly Sensitivity[];
}

export function whatIfs(
  options: PredictVerbOptions,
  question: PosedQuestion,
  digits: Digits,
  prediction: Prediction,
): WhatIfs {
  const { arch } = options;
  return {
    classPairs: classPairs(prediction, digits.labels, options.wanted),
    architectures: architectures(options, question, digits),
    poses: poses(options, question, digits),
    // Myrtle networks have three depths only, and take long.
    sensitivities:
      arch === 'myrtle'
        ? []
        : sensitivities(question, layersOf(options), (layers) =>
            kernelOf(arch, options, question, digits, layers),
          ),
  };
}

/** Cheap ones; a pooled convolution of full resolution would take minutes for each pair. */
const compared: readonly ArchitectureName[] = ['mlp', 'residual', 'conv', 'pooled'];

function architectures(
  options: PredictVerbOptions,
  question: PosedQuestion,
  digits: Digits,
): Alternative[] {
  const layers = options.arch === 'myrtle' ? { ...layersOf(options), depth: 1 } : layersOf(options);
  const named = compared.map((name) => ({
    name,
    kernel: kernelOf(name, options, question, digits, layers),
  }));
  return compareKernels(
    question,
    named.map(({ kernel }) => kernel),
  ).map(({ kernel, exact, verdict }) => ({
    name: named.find((one) => one.kernel.name === kernel)!.name,
    exact,
    verdict,
  }));
}

function poses(
  options: PredictVerbOptions,
  question: PosedQuestion,
  digits: Digits,
): WhatIfs['poses'] {
  const family = /^([CZ])(\d+)$/.exec(question.group.name)?.[1];
  if (!family) return null;
  const { group: _, act: __, ...rest } = question;
  const lengths = family === 'C' ? [2, 4, 8, 16] : divisors(digits.width).filter((n) => n > 1);
  const curve = lengths.flatMap((n) => {
    const group = asFiniteGroup(parseGroup(`${family}${n}`));
    const act = actionOn(group, digits);
    const kernel = kernelOf(options.arch, options, { group, act }, digits);
    return learningCurve({ ...rest, kernel }, [n], () => ({ group, act }));
  });
  return {
    curve: curve.map(({ n, exact }) => ({ n, exact: exact.mean })),
    wanted: options.wanted,
    needed: posesNeeded(curve, options.wanted),
  };
}

const divisors = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => i + 1).filter((k) => n % k === 0);

export function describeWhatIfs({
  classPairs: pairs,
  architectures: list,
  poses: curve,
  sensitivities: changes,
}: WhatIfs): string {
  const failing = pairs.filter(({ exact }) => exact.mean >= 1).length;
  return [
    '',
    `Classes: ${failing} of ${pairs.length} pairs of classes fail. The hardest:`,
    textTable(
      ['classes', 'ε', 'separation', 'density', 'limited by'],
      pairs
        .slice(0, 5)
        .map((pair) => [
          pair.classes.join(', '),
          short(pair.exact.mean),
          short(pair.separation),
          short(pair.density),
          pair.limitedBy,
        ]),
    ),
    '',
    'Architectures, best first:',
    textTable(
      ['architecture', 'ε', 'verdict'],
      list.map(({ name, exact, verdict }) => [name, short(exact.mean), verdict]),
    ),
    ...(curve
      ? [
          '',
          `Poses: ${curve.curve.map(({ n, exact }) => `ε = ${short(exact)} at N = ${n}`).join(', ')}; ` +
            (curve.needed === null
              ? `none of these reaches ${curve.wanted}.`
              : `${curve.wanted} is reached at N ≈ ${short(curve.needed)}.`),
        ]
      : []),
    ...(changes.length > 0
      ? [
          '',
          'Settings:',
          textTable(
            ['setting', 'from', 'to', 'change of ε', '±'],
            changes.map(({ setting, from, to, change }) => [
              setting,
              short(from),
              short(to),
              short(change.mean),
              short(1.96 * change.standardError),
            ]),
          ),
        ]
      : []),
  ].join('\n');
}
