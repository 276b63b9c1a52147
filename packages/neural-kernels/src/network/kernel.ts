import type { InputScaling, InputsWithVariances } from '../gram/input.js';
import { evaluateAll, type KernelMatrices, type TileEvaluator } from '../gram/tiles.js';
import { LaneArena } from '../simd/lanes.js';
import { compileGroup, groupEvaluator, type GroupPositions } from './group-evaluator.js';
import type { Layer } from './layers.js';
import { spatialEvaluator } from './spatial-evaluator.js';
import { compileSpatial } from './spatial-plan.js';
import { compileVector, fromInner, vectorEvaluator } from './vector-network.js';

/** A network as plain JSON: enough to build its kernel again, in another thread or another run. */
export interface NetworkSpec {
  /** What the kernel prints as. */
  readonly name: string;
  /** Positions along each axis of an image: [] for vectors, [length] or [height, width]. */
  readonly grid: readonly number[];
  /** Numbers per position (channels last); ignored for vectors. */
  readonly channels: number;
  readonly layers: readonly Layer[];
  /** The elements of a group as positions, instead of a grid; see `groupConvKernel`. */
  readonly positions?: GroupPositions;
}

export interface GramOptions {
  /** See {@link InputScaling}; default `dimension`. */
  readonly inputScaling?: InputScaling;
}

/** NNGP and NTK of one pair of inputs. */
export interface KernelValues {
  readonly nngp: number;
  readonly ntk: number;
}

/** The kernel of an infinitely wide network, computed in float64. */
export interface NeuralKernel {
  readonly name: string;
  readonly spec: NetworkSpec;
  /**
   * Kernel matrices of n inputs of d numbers, row-major n × n, exactly symmetric.
   *
   * @throws RangeError on sizes that do not fit and on NaN or infinite entries.
   */
  gram(X: ArrayLike<number>, n: number, d: number, options?: GramOptions): KernelMatrices;
  /** Kernel matrices between n inputs X and m inputs Y, row-major n × m. */
  cross(
    X: ArrayLike<number>,
    n: number,
    Y: ArrayLike<number>,
    m: number,
    d: number,
    options?: GramOptions,
  ): KernelMatrices;
}

/** The kernel of a network on vectors: a function of three inner products. */
export interface VectorKernel extends NeuralKernel {
  /**
   * @param kxx input covariance K₀(x, x), after whatever input scaling; `kxy`, `kyy` likewise.
   * @throws RangeError unless kxx, kyy ≥ 0 and kxy² ≤ kxx·kyy (to rounding).
   */
  fromInner(kxx: number, kxy: number, kyy: number): KernelValues;
}

/** Any inputs to compare: X (n × d) with Y (m × d), or X with itself where Y is null. */
export interface EvaluatorInputs {
  readonly X: ArrayLike<number>;
  readonly n: number;
  readonly Y: ArrayLike<number> | null;
  readonly m: number;
  readonly d: number;
  readonly inputScaling: InputScaling;
  /** Of networks on vectors: X as scaled and checked by somebody else. */
  readonly scaled?: InputsWithVariances;
  /** Of networks on vectors with `scaled` inputs: tiles come through `elsewhere`; default false. */
  readonly productsElsewhere?: boolean;
}

/**
 * The kernel of any network given as layers; {@link mlpKernel}, {@link convKernel} and
 * {@link residualKernel} name the common ones.
 *
 * @throws RangeError on layers that do not fit each other or the grid.
 */
export function networkKernel(spec: NetworkSpec): NeuralKernel {
  const evaluator = compileEvaluator(spec);
  const matrices = (inputs: EvaluatorInputs) => evaluateAll(evaluator(inputs));
  return {
    name: spec.name,
    spec,
    gram: (X, n, d, { inputScaling = 'dimension' } = {}) =>
      matrices({ X, n, Y: null, m: n, d, inputScaling }),
    cross: (X, n, Y, m, d, { inputScaling = 'dimension' } = {}) =>
      matrices({ X, n, Y, m, d, inputScaling }),
  };
}

/** {@link networkKernel} for a network on vectors (`grid` empty). */
export function vectorNetworkKernel(spec: NetworkSpec): VectorKernel {
  const plan = compileVector(spec.layers);
  return {
    ...networkKernel(spec),
    fromInner: (kxx, kxy, kyy) => fromInner(plan, kxx, kxy, kyy),
  };
}

/**
 * Translates a network once; the result prepares tiles of kernel entries for given inputs. Preparing
 * the next inputs ends the use of the ones before, whose work memory it takes.
 */
export function compileEvaluator(spec: NetworkSpec): (inputs: EvaluatorInputs) => TileEvaluator {
  const arena = new LaneArena();
  if (spec.positions) {
    const plan = compileGroup(spec.positions, spec.layers);
    return (inputs) => groupEvaluator(plan, inputs, arena);
  }
  if (spec.grid.length === 0) {
    const plan = compileVector(spec.layers);
    return (inputs) => vectorEvaluator(plan, inputs, arena);
  }
  const plan = compileSpatial(spec.grid, spec.channels, spec.layers);
  return (inputs) => spatialEvaluator(plan, inputs, arena);
}
