/**
 * LayersModels in ONNX files and back. The file computes what the model does in inference; its
 * metadata also hold the model's layers, as tfjs saves them, and where each weight is. A weight that
 * is an initializer as it stands is named; one that the export has changed (transposed, folded) is
 * kept in the metadata in base64.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import * as tf from '@tensorflow/tfjs';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as DataType,
  type ModelProto,
} from '../generated/onnx_pb.js';
import { readModel } from '../protobuf/check.js';
import { ModelError } from '../protobuf/errors.js';
import { exportModel, type ExportOptions } from './exportModel.js';

const key = 'intertwiner.layers';

/** What the metadata hold. */
interface SavedLayers {
  readonly topology: object;
  readonly weights: readonly SavedWeight[];
}

interface SavedWeight extends tf.io.WeightsManifestEntry {
  /** The initializer that holds the weight's bytes; otherwise they are in `base64`. */
  readonly initializer?: string;
  readonly base64?: string;
}

/**
 * Writes a LayersModel as {@link exportModel} does, so that {@link loadLayersModel} can read it
 * back. Resolves to the bytes of the `.onnx` file.
 */
export async function saveLayersModel(
  model: tf.LayersModel,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const file = create(ModelProtoSchema, readModel(exportModel(model, options)));
  const artifacts = await artifactsOf(model);
  const saved: SavedLayers = {
    topology: artifacts.modelTopology as object,
    weights: placeWeights(file, artifacts),
  };
  const value = JSON.stringify(saved);
  file.metadataProps.push(create(StringStringEntryProtoSchema, { key, value }));
  return toBinary(ModelProtoSchema, file);
}

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | null = null;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    }),
  );
  return artifacts!;
}

const bytesPerElement: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1 };

const byteLength = ({ dtype, shape }: tf.io.WeightsManifestEntry): number =>
  shape.reduce((size, extent) => size * extent, 1) * bytesPerElement[dtype]!;

const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function placeWeights(file: ModelProto, artifacts: tf.io.ModelArtifacts): SavedWeight[] {
  const data = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  const initializers = file.graph?.initializer ?? [];
  let end = 0;
  return artifacts.weightSpecs!.map((spec) => {
    const start = end;
    end += byteLength(spec);
    const bytes = data.subarray(start, end);
    const place = initializers.find(
      ({ dataType, rawData }) => dataType === DataType.FLOAT && areEqual(bytes, rawData),
    );
    const { name, shape, dtype } = spec;
    return place && dtype === 'float32'
      ? { name, shape, dtype, initializer: place.name }
      : { name, shape, dtype, base64: base64Encode(bytes) };
  });
}

/**
 * The LayersModel that {@link saveLayersModel} wrote, to be trained on or changed. Classes of layers
 * that are not tfjs's own must be registered, as for `tf.loadLayersModel`.
 *
 * @throws ModelError if the bytes are no ONNX file, or if it holds no layers, or no longer their
 *   weights.
 */
export async function loadLayersModel(bytes: Uint8Array): Promise<tf.LayersModel> {
  const file = readModel(bytes);
  const text = file.metadataProps.find((entry) => entry.key === key)?.value;
  if (text === undefined) {
    throw new ModelError(
      `The file's metadata hold no layers ('${key}'): it was not written by saveLayersModel.`,
    );
  }
  const { topology, weights } = JSON.parse(text) as SavedLayers;
  const data = concat(weights.map((weight) => weightBytes(file, weight)));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: topology,
      weightSpecs: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      weightData: data.buffer,
    }),
  );
}

function weightBytes(file: ModelProto, weight: SavedWeight): Uint8Array {
  const { name, initializer, base64 } = weight;
  const found =
    base64 === undefined
      ? file.graph?.initializer.find((tensor) => tensor.name === initializer)?.rawData
      : base64Decode(base64);
  if (found?.length === byteLength(weight)) return found;
  throw new ModelError(
    `The file no longer holds the weight '${name}' as it was saved: it was converted or optimised ` +
      'by another program. Load the file that saveLayersModel wrote.',
  );
}
