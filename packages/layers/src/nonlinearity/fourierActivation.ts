import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import {
  describeType,
  readType,
  typeConfig,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { planarRotations } from '../field/planarIrreps.js';
import { TypedLayer } from '../field/typedLayer.js';
import { GivenValues } from '../init/givenValues.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { mixChannels } from '../vector/vectorLinear.js';
import {
  activate,
  activationLayer,
  readActivation,
  type ActivationName,
  type ActivationSpec,
} from './activations.js';
import { joinChannels, splitChannels } from './terms.js';

export interface FourierActivationArgs extends LayerArgs {
  /** Field type of the last axis; it stays. Terms of one multiplicity, such as `planarType`. */
  readonly type: FieldTypeSpec;
  /** Default `'relu'`. */
  readonly activation?: ActivationSpec;
  /** Samples on the circle for SO(2) and O(2), default 16; C_n and D_n have their n rotations. */
  readonly samples?: number;
}

/**
 * A pointwise nonlinearity in the group's own domain (de Haan et al., Gauge Equivariant Mesh CNNs,
 * 2021; `FourierPointwise` of escnn): channel c of all terms together are Fourier coefficients of a
 * function on the circle, which is sampled, bent point by point, and analysed again.
 *
 * Exactly equivariant under the sampled rotations: all of C_n and D_n, `samples` of them of SO(2) and
 * O(2). Between those the high frequencies that bending makes fold back, less the more samples there
 * are; `equivarianceError` over the Lie group measures it.
 *
 * Fixed weights: `sampling` [d, N] and `analysis` [N, d], d the sum of the terms' dimensions.
 */
export class FourierActivation extends TypedLayer implements PlainConvertible {
  static readonly className = 'FourierActivation';
  readonly inputType: FieldType;
  readonly activation: ActivationName;
  readonly samples: number;
  #sampling: tf.LayerVariable | undefined;
  #analysis: tf.LayerVariable | undefined;

  /** @throws {LayerError} if multiplicities differ, or the samples are too few for the frequencies. */
  constructor(args: FourierActivationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.activation = readActivation(args.activation ?? 'relu', this.name);
    const multiplicities = new Set(this.inputType.terms.map(({ multiplicity }) => multiplicity));
    if (multiplicities.size > 1) {
      throw new LayerError(
        this.name,
        `expected terms of one multiplicity, got ${describeType(this.inputType)}; use planarType.`,
      );
    }
    this.samples = this.#rotations(args.samples ?? 16).length;
    this.#checkSamples();
    this.inputSpec = [{ minNDim: 2 }];
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const rows = this.#sampleRows();
    const dimension = this.#dimension();
    const scale = 1 / Math.sqrt(dimension);
    const sampling = Float32Array.from({ length: dimension * this.samples }, (_, at) =>
      rows ? scale * rows[at % this.samples][Math.floor(at / this.samples)] : 0,
    );
    const analysis = Float32Array.from({ length: dimension * this.samples }, (_, at) =>
      rows ? rows[Math.floor(at / dimension)][at % dimension] / (scale * this.samples) : 0,
    );
    const fixed = (name: string, shape: number[], values: Float32Array) =>
      this.addWeight(name, shape, 'float32', new GivenValues(values), undefined, false);
    this.#sampling = fixed('sampling', [dimension, this.samples], sampling);
    this.#analysis = fixed('analysis', [this.samples, dimension], analysis);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const channels = joinChannels(onlyTensor(inputs), this.inputType);
      const values = activate(this.activation, mixChannels(channels, this.#sampling!.read()));
      return splitChannels(mixChannels(values, this.#analysis!.read()), this.inputType);
    });
  }

  /** Sampling and analysis as dense layers on the whole feature axis. */
  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { multiplicity } = this.inputType.terms[0];
    const values = multiplicity * this.samples;
    const dense = (units: number) => tf.layers.dense({ units, useBias: false });
    // Row i of the whole matrix is what the layer makes of the i-th unit vector.
    const units = tf.eye(this.inputType.size);
    const sampling = tf.tidy(() =>
      mixChannels(joinChannels(units, this.inputType), this.#sampling!.read()).reshape([
        -1,
        values,
      ]),
    );
    const analysis = tf.tidy(() => {
      const samples = tf.eye(values).reshape([values, multiplicity, this.samples]);
      return splitChannels(mixChannels(samples, this.#analysis!.read()), this.inputType);
    });
    units.dispose();
    const sampled = applyWithWeights(dense(values), [sampling], x);
    const bent = chain(sampled, activationLayer(this.activation, this.name));
    return applyWithWeights(dense(this.inputType.size), [analysis], bent);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { samples } = this;
    const own = {
      type: typeConfig(this.inputType),
      activation: { name: this.activation },
      samples,
    };
    return { ...super.getConfig(), ...own };
  }

  #dimension(): number {
    return this.inputType.terms.reduce((sum, { dimension }) => sum + dimension, 0);
  }

  #rotations(samples: number): readonly unknown[] {
    const { representation } = this.inputType.terms[0];
    if (!representation) return Array.from({ length: samples });
    return planarRotations(representation.group, samples);
  }

  /**
   * The value at rotation g of the function with coefficients x, Σ_terms ⟨√d·e₀, ρ(g)⁻¹x⟩, as a row
   * per sample; null for a saved layer, which reads them.
   */
  #sampleRows(): number[][] | null {
    const { terms } = this.inputType;
    if (!terms[0].representation) return null;
    return this.#rotations(this.samples).map((g) =>
      terms.flatMap(({ representation, dimension: d }) => {
        const { matrix } = representation as unknown as { matrix(g: unknown): Float64Array };
        const rho = matrix(g);
        // ρ(g)⁻¹ = ρ(g)ᵀ: its first row is the first column of ρ(g).
        return Array.from({ length: d }, (_, i) => Math.sqrt(d) * rho[i * d]);
      }),
    );
  }

  /** The samples determine the coefficients: columns are orthogonal and of one length. */
  #checkSamples(): void {
    const rows = this.#sampleRows();
    if (!rows) return;
    const dimension = this.#dimension();
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j <= i; j++) {
        const product = rows.reduce((sum, row) => sum + row[i] * row[j], 0) / rows.length;
        if (Math.abs(product - (i === j ? 1 : 0)) < 1e-9) continue;
        throw new LayerError(
          this.name,
          `${this.samples} samples cannot tell the frequencies of ${describeType(this.inputType)} ` +
            'apart; use more samples, or fewer frequencies, each once.',
        );
      }
    }
  }
}

tf.serialization.registerClass(FourierActivation);
