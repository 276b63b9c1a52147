/** What `reproduce relaxation` runs: experiments, their sizes, and the rows of their tables. */
import { experiments, relaxationConfig, type RelaxationConfig } from '@intertwiner/relaxation';
import { allArms, allPlanarArms, brokenArms, fewArms, type ArmPlan } from './arms.js';

/** A learning rate, and whether it stays or falls. */
export type LearningRate = Pick<RelaxationConfig, 'learningRate' | 'rateSchedule'>;

export interface PartSettings {
  readonly title: string;
  /** Of the tuned strict network; arms differ from it. */
  readonly base: RelaxationConfig;
  /** What every arm tries. */
  readonly rates: readonly LearningRate[];
  /** What a step of the relaxed network costs, in steps of the strict one, as measured beforehand. */
  readonly costRatio: number;
  readonly arms: ArmPlan;
}

export const partNames = [
  'n-body',
  'inertia',
  'inertia-broken',
  'rotated-digits',
  'plume',
  'plume-wind',
  'shapes',
  'n-body-300',
  'n-body-3000',
  'n-body-depth1',
  'n-body-depth4',
  'n-body-segnn',
  'shapes-dgcnn',
] as const;
export type PartName = (typeof partNames)[number];

export interface RelaxationSettings {
  /** What the digits are called. */
  readonly data: string;
  readonly seeds: readonly number[];
  /** Of data and weights while learning rates are chosen. */
  readonly tuningSeeds: readonly number[];
  readonly parts: Readonly<Record<PartName, PartSettings>>;
}

const base = (over: Partial<RelaxationConfig>): RelaxationConfig => ({
  ...relaxationConfig,
  relaxation: 'none',
  ...over,
});

const nBody = base({
  experiment: 'n-body',
  ...{ width: 8, depth: 2, train: 1000, validation: 300, test: 500 },
  ...{ batch: 50, epochs: 120, validateEvery: 24, clipNorm: 0.3 },
});
const inertia = base({
  experiment: 'inertia',
  ...{ width: 6, depth: 1, train: 1000, validation: 300, test: 1000 },
  ...{ batch: 50, epochs: 60, validateEvery: 12 },
});
const digits = base({
  experiment: 'rotated-digits',
  ...{ width: 4, depth: 1, train: 1000, validation: 500, test: 2000 },
  ...{ batch: 25, epochs: 24, validateEvery: 6 },
});
const plume = base({
  experiment: 'plume',
  ...{ width: 4, depth: 3, train: 400, validation: 200, test: 400 },
  ...{ batch: 10, epochs: 24, validateEvery: 6 },
});
const shapes = base({
  experiment: 'shapes',
  ...{ width: 6, depth: 1, train: 400, validation: 200, test: 500 },
  ...{ batch: 10, epochs: 24, validateEvery: 6 },
});

/** A rate that stays, and a larger one that falls. */
const rates = (staying: number, falling: number): LearningRate[] => [
  { learningRate: staying, rateSchedule: 'constant' },
  { learningRate: falling, rateSchedule: 'cosine' },
];
const nBodyRates = rates(1e-2, 2e-2);
const inertiaRates = rates(1e-2, 2e-2);
const imageRates = rates(5e-3, 1.5e-2);
// At 0.015, ReLUs of one strict network in five die.
const plumeRates = rates(5e-3, 1e-2);
const shapeRates = rates(5e-3, 2e-2);
const few = fewArms('strict', 'triangle-0.01', 'early', 'triangle-0', 'longer');
const pair = fewArms('strict', 'triangle-0.01', 'early');
const deep = fewArms('strict', 'triangle-0.01', 'early', 'longer');

const parts: RelaxationSettings['parts'] = {
  'n-body': {
    title: 'N-body, vector neurons, O(3), 1,000 trajectories',
    ...{ base: nBody, rates: nBodyRates, costRatio: 1.5, arms: allArms },
  },
  inertia: {
    title: experiments.inertia.title,
    ...{ base: inertia, rates: inertiaRates, costRatio: 1.5, arms: allArms },
  },
  'inertia-broken': {
    title: experiments['inertia-broken'].title,
    base: { ...inertia, experiment: 'inertia-broken' },
    ...{ rates: inertiaRates, costRatio: 1.5, arms: brokenArms(allArms) },
  },
  'rotated-digits': {
    title: experiments['rotated-digits'].title,
    ...{ base: digits, rates: imageRates, costRatio: 1.5, arms: allPlanarArms },
  },
  plume: {
    title: experiments.plume.title,
    ...{ base: plume, rates: plumeRates, costRatio: 1.5, arms: allPlanarArms },
  },
  'plume-wind': {
    title: experiments['plume-wind'].title,
    base: { ...plume, experiment: 'plume-wind' },
    ...{ rates: imageRates, costRatio: 1.5, arms: brokenArms(allPlanarArms) },
  },
  shapes: {
    title: `${experiments.shapes.title}, VN-PointNet`,
    ...{ base: shapes, rates: shapeRates, costRatio: 1.5, arms: allArms },
  },
  'n-body-300': {
    title: 'N-body, 300 trajectories',
    base: { ...nBody, train: 300, epochs: 400, validateEvery: 80 },
    ...{ rates: nBodyRates, costRatio: 1.5, arms: few },
  },
  'n-body-3000': {
    title: 'N-body, 3,000 trajectories',
    base: { ...nBody, train: 3000, epochs: 40, validateEvery: 8 },
    ...{ rates: nBodyRates, costRatio: 1.5, arms: few },
  },
  'n-body-depth1': {
    title: 'N-body, 1,000 trajectories, one round',
    base: { ...nBody, depth: 1 },
    ...{ rates: nBodyRates, costRatio: 1.5, arms: pair },
  },
  'n-body-depth4': {
    title: 'N-body, 1,000 trajectories, four rounds',
    base: { ...nBody, depth: 4 },
    ...{ rates: nBodyRates, costRatio: 1.5, arms: deep },
  },
  'n-body-segnn': {
    title: 'N-body, SEGNN, O(3), 1,000 trajectories',
    base: { ...nBody, network: 'segnn', epochs: 40, validateEvery: 8 },
    ...{ rates: nBodyRates, costRatio: 1.5, arms: few },
  },
  'shapes-dgcnn': {
    title: `${experiments.shapes.title}, VN-DGCNN`,
    base: { ...shapes, network: 'dgcnn' },
    ...{ rates: shapeRates, costRatio: 1.5, arms: pair },
  },
};

export const fullSettings = (data: string): RelaxationSettings => ({
  data,
  seeds: [0, 1, 2, 3, 4],
  tuningSeeds: [1000, 1001],
  parts,
});

/** Seconds a row: few samples and steps, two seeds. Shows how it goes and says nothing. */
export const quickSettings = (data: string): RelaxationSettings => {
  const small = {
    width: 2,
    train: 40,
    validation: 20,
    test: 20,
    batch: 20,
    epochs: 2,
    validateEvery: 1,
  };
  const quick = Object.entries(parts).map(([name, part]) => [
    name,
    { ...part, base: { ...part.base, ...small } },
  ]);
  return {
    ...fullSettings(data),
    seeds: [0, 1],
    tuningSeeds: [1000],
    parts: Object.fromEntries(quick) as RelaxationSettings['parts'],
  };
};
