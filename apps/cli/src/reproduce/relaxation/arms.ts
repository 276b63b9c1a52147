/** The rows of the tables: what is trained, in which way. */
import type { RelaxationConfig } from '@intertwiner/relaxation';

export interface Arm {
  readonly title: string;
  readonly over: Partial<RelaxationConfig>;
  /** Another arm whose learning rate is taken: the same training but longer. */
  readonly tunedAs?: string;
  /** Epochs in units of the table's; `'compute'`: as many as cost what the relaxed network costs. */
  readonly epochs?: 'compute';
  /** As wide as it takes for as many weights as the relaxed network trains. */
  readonly widened?: true;
}

const relaxed = { relaxation: 'schedule', schedule: 'triangle', lambda: 0.01 } as const;
const strict = { relaxation: 'none' } as const;

export const arms = {
  strict: { title: 'strict', over: strict },
  'triangle-0.01': { title: 'triangle, λ = 0.01', over: relaxed },
  early: {
    title: 'triangle over the first half, λ = 0.01',
    over: { ...relaxed, until: 0.5 },
  },
  'triangle-0': { title: 'triangle, λ = 0', over: { ...relaxed, lambda: 0 } },
  linear: { title: 'linear decay, λ = 0.01', over: { ...relaxed, schedule: 'linear' } },
  longer: { title: 'strict, equal compute', over: strict, tunedAs: 'strict', epochs: 'compute' },
  wider: { title: 'strict, equal parameters', over: strict, widened: true },
  plain: { title: 'unconstrained network', over: { ...strict, network: 'plain' } },
  resilient: { title: 'ACE, resilient (not projected)', over: { relaxation: 'resilient' } },
  pathway: { title: 'residual pathway prior (not projected)', over: { relaxation: 'pathway' } },
  relaxedConv: {
    title: 'relaxed group convolution (not projected)',
    over: { ...strict, network: 'relaxedConv' },
  },
  remul: {
    title: 'unconstrained network, REMUL',
    over: { relaxation: 'remul', network: 'plain' },
  },
  learned: { title: 'learned θ', over: { relaxation: 'learned' } },
  ace: { title: 'ACE', over: { relaxation: 'ace' } },
  cosine: { title: 'cosine decay, λ = 0.01', over: { ...relaxed, schedule: 'cosine' } },
  'triangle-0.001': { title: 'triangle, λ = 0.001', over: { ...relaxed, lambda: 1e-3 } },
  'triangle-0.1': { title: 'triangle, λ = 0.1', over: { ...relaxed, lambda: 0.1 } },
} satisfies Record<string, Arm>;

export type ArmName = keyof typeof arms;

export const armOf = (name: ArmName): Arm => arms[name];

/** Computed first, for all seeds. */
const firstArms: readonly ArmName[] = [
  'strict',
  'triangle-0.01',
  'early',
  'triangle-0',
  'linear',
  'longer',
  'wider',
  'plain',
];
const planarArms: readonly ArmName[] = ['relaxedConv'];
const furtherArms: readonly ArmName[] = [
  'resilient',
  'pathway',
  'ace',
  'remul',
  'learned',
  'cosine',
  'triangle-0.001',
  'triangle-0.1',
];

/** In two phases: what a partial run should have, and the rest. */
export interface ArmPlan {
  readonly first: readonly ArmName[];
  readonly further: readonly ArmName[];
}

export const allArms: ArmPlan = { first: firstArms, further: furtherArms };
export const allPlanarArms: ArmPlan = { ...allArms, further: [...planarArms, ...furtherArms] };
/** Where the symmetry is broken, what keeps W is what matters. */
export const brokenArms = ({ first, further }: ArmPlan): ArmPlan => ({
  first: [
    ...first.filter((arm) => arm !== 'linear'),
    ...further.filter((arm) => ['relaxedConv', 'resilient', 'pathway'].includes(arm)),
  ],
  further: [
    ...first.filter((arm) => arm === 'linear'),
    ...further.filter((arm) => !['relaxedConv', 'resilient', 'pathway'].includes(arm)),
  ],
});
export const fewArms = (...first: readonly ArmName[]): ArmPlan => ({ first, further: [] });
