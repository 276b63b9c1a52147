/** The three networks, run by ONNX Runtime's WebAssembly build. */
import * as ort from 'onnxruntime-web/wasm';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';

/** Side of the images, in pixels. */
export const side = 32;
export const classes = 10;

export interface Network {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  /** Logits of a batch of images with values from 0 to 1, [count, 10]. */
  logits(images: Float32Array, count: number): Promise<Float32Array>;
}

const described = [
  { name: 'teacher', title: 'C4 network', what: 'equivariant by construction' },
  { name: 'clone', title: 'Clone', what: 'an ordinary network that cloned the symmetry on noise' },
  { name: 'scratch', title: 'Scratch MLP', what: 'as many hidden units, learned digits only' },
] as const;

/** Loads all networks. @throws {Error} if a file is missing or the runtime does not start. */
export async function loadNetworks(): Promise<readonly Network[]> {
  ort.env.wasm.wasmPaths = { wasm: wasmUrl };
  // Half precision is computed in single here, of which the runtime would warn for every constant.
  ort.env.logLevel = 'error';
  // Threads need an isolated page; these networks need no threads.
  ort.env.wasm.numThreads = 1;
  return Promise.all(described.map(async (one) => ({ ...one, logits: await open(one.name) })));
}

async function open(name: string): Promise<Network['logits']> {
  const response = await fetch(`${import.meta.env.BASE_URL}models/${name}.onnx`);
  if (!response.ok) throw new Error(`models/${name}.onnx: ${response.status}`);
  const session = await ort.InferenceSession.create(new Uint8Array(await response.arrayBuffer()), {
    logSeverityLevel: 3,
  });
  return async (images, count) => {
    const image = new ort.Tensor('float32', images, [count, side, side]);
    const { logits } = await session.run({ image });
    return logits!.data as Float32Array;
  };
}
