/**
 * Comparison of networks: every one gets the same tries for its learning rate, on data held back from
 * training; then it is trained anew for every seed, and its last weights are tested. Nothing is chosen
 * on the test set.
 */
import { DivergedError } from './fit.js';
import { findRecord, recorded } from './records.js';

export interface TunedRate {
  readonly rate: number;
  /** Null if the loss did not stay finite. */
  readonly validationError: number | null;
}

/** A network's results, and how they came about. */
export interface ArmResult<R> {
  readonly name: string;
  readonly title: string;
  readonly parameters: number;
  readonly tuning: readonly TunedRate[];
  /** The rate with the smallest validation error. */
  readonly rate: number;
  readonly runs: readonly R[];
}

export interface CompareOptions<A, R extends { readonly seed: number }> {
  readonly arms: readonly A[];
  readonly rates: readonly number[];
  readonly seeds: readonly number[];
  /** Where finished runs are kept. */
  readonly folder: string;
  /** What kept runs must agree with. */
  readonly settings: object;
  /** More of that, for one network. */
  armSettings?(arm: A): object;
  parameters(arm: A): number;
  /** Trains, and gives the error on data that are neither trained nor tested on. */
  validate(arm: A, rate: number, seed: number, run: string): Promise<number>;
  /** Trains and tests. */
  test(arm: A, rate: number, seed: number, run: string): Promise<Omit<R, 'seed'>>;
  /** Leaves out what is not finished instead of training. Default: false. */
  readonly finishedOnly?: boolean | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** Of the tries; none of those that are reported. */
const tuningSeed = 1000;

export async function compareArms<
  A extends { readonly name: string; readonly title: string },
  R extends { readonly seed: number },
>(options: CompareOptions<A, R>): Promise<ArmResult<R>[]> {
  const results: ArmResult<R>[] = [];
  for (const arm of options.arms) {
    const { name, title } = arm;
    const parameters = options.parameters(arm);
    const tuning = await tune(arm, options);
    if (tuning.length === 0) continue;
    const rate = best(tuning);
    const runs = await testAll(arm, rate, options);
    if (runs.length > 0) results.push({ name, title, parameters, tuning, rate, runs });
  }
  return results;
}

async function tune<A extends { readonly name: string }, R extends { readonly seed: number }>(
  arm: A,
  { rates, folder, settings, log, ...options }: CompareOptions<A, R>,
): Promise<TunedRate[]> {
  const tried: TunedRate[] = [];
  for (const rate of rates) {
    const run = `${arm.name}-rate-${rate}`;
    const own = {
      run,
      parameters: options.parameters(arm),
      ...settings,
      ...options.armSettings?.(arm),
    };
    const result = await get(options.finishedOnly, folder, run, own, async () => ({
      validationError: await unlessDiverged(options.validate(arm, rate, tuningSeed, run)),
    }));
    if (!result) continue;
    log?.(`${run}: validation error ${result.validationError}`);
    tried.push({ rate, ...result });
  }
  return tried;
}

async function testAll<A extends { readonly name: string }, R extends { readonly seed: number }>(
  arm: A,
  rate: number,
  { seeds, folder, settings, log, ...options }: CompareOptions<A, R>,
): Promise<R[]> {
  const runs: R[] = [];
  for (const seed of seeds) {
    const run = `${arm.name}-seed-${seed}`;
    const own = {
      run,
      rate,
      parameters: options.parameters(arm),
      ...settings,
      ...options.armSettings?.(arm),
    };
    const result = await get(options.finishedOnly, folder, run, own, () =>
      options.test(arm, rate, seed, run),
    );
    if (!result) continue;
    log?.(`${run}: ${JSON.stringify(result)}`);
    runs.push({ seed, ...result } as unknown as R);
  }
  return runs;
}

/** The record of a run; null if there is none and none shall be made. */
const get = <R extends object>(
  finishedOnly: boolean | undefined,
  folder: string,
  run: string,
  settings: object,
  make: () => Promise<R>,
): Promise<R | null> =>
  finishedOnly
    ? findRecord<object, R>(folder, run, settings)
    : recorded<object, R>(folder, run, settings, make);

async function unlessDiverged(error: Promise<number>): Promise<number | null> {
  try {
    return await error;
  } catch (failure) {
    if (failure instanceof DivergedError) return null;
    throw failure;
  }
}

/** Of rates that are equally good, the first. */
function best(tuning: readonly TunedRate[]): number {
  const errorOf = ({ validationError }: TunedRate) => validationError ?? Infinity;
  return tuning.reduce((a, b) => (errorOf(b) < errorOf(a) ? b : a)).rate;
}
