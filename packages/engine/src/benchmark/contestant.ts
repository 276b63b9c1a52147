/**
 * What a benchmark of inference runs: a runtime in a process of its own, so that its start, its first
 * run and its memory are its own. It is spoken to in lines of JSON; any program that answers them
 * takes part.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OnnxDevice } from '../devices/device.js';
import type { ArrayTensor } from '../sessions/model.js';

/** A model and inputs for it. */
export interface BenchmarkCase {
  readonly model: string;
  /** Samples in one run. */
  readonly batch: number;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, ArrayTensor & { readonly data: Float32Array }>>;
  /** The same model for contestants that do not read ONNX: tfjs's `model.json` with its weights. */
  readonly layersModel?: { readonly topology: string; readonly weights: Uint8Array };
}

/** What it took until the first answer, in milliseconds, and the answer. */
export interface FirstRun {
  /** From starting the process to having its libraries. */
  readonly startMs: number;
  /** Reading the model. */
  readonly loadMs: number;
  /** The first run, on which runtimes compile and allocate. */
  readonly firstMs: number;
  readonly output: Float32Array;
}

/** A runtime that takes part. */
export interface Contestant {
  readonly name: string;
  /** Whether its libraries have been loaded: if not, no model will help. */
  started(): boolean;
  load(work: BenchmarkCase): Promise<FirstRun>;
  /** Runs for about so many milliseconds, at least once; milliseconds of each run. */
  run(milliseconds: number): Promise<readonly number[]>;
  /** Megabytes that the process holds; null where that cannot be told. */
  memory(): Promise<number | null>;
  close(): Promise<void>;
}

/** A message of a contestant's process that it cannot go on. */
export class ContestantError extends Error {
  override readonly name = 'ContestantError';
}

/** Longer than any load or round; a process that is silent for so long is stopped. */
const patience = 180_000;

/** A contestant in a process that speaks the protocol of worker/benchWorker.js. */
export function processContestant(
  name: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Contestant {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  const talk = new Talk(name, child);
  let ready = false;
  return {
    name,
    started: () => ready,
    async load(work) {
      await talk.answer();
      ready = true;
      const startMs = performance.now() - started;
      return firstRun(await talk.ask(loadMessage(work)), startMs);
    },
    run: async (milliseconds) =>
      (await talk.ask({ do: 'run', milliseconds }))['times'] as readonly number[],
    memory: async () => (await talk.ask({ do: 'memory' }))['megabytes'] as number | null,
    close: () => talk.end(),
  };
}

/** ONNX Runtime on one of its devices. */
export const onnxContestant = (device: OnnxDevice): Contestant =>
  processContestant(
    device === 'wasm' ? 'onnxruntime-web wasm' : `onnxruntime-node ${device}`,
    process.execPath,
    [fileURLToPath(new URL('../../worker/benchWorker.js', import.meta.url)), device],
  );

/** The message that makes a contestant load a case and run it once. */
export const loadMessage = ({ bytes, feeds, layersModel }: BenchmarkCase) => ({
  do: 'load',
  onnx: base64(bytes),
  layersModel: layersModel && {
    topology: layersModel.topology,
    weights: base64(layersModel.weights),
  },
  feeds: Object.entries(feeds).map(([name, { data, shape }]) => ({
    name,
    shape,
    data: base64(data),
  })),
});

/** What a contestant answers to that message. */
export const firstRun = (
  { loadMs, firstMs, output }: Readonly<Record<string, unknown>>,
  startMs: number,
): FirstRun => ({
  startMs,
  loadMs: Number(loadMs),
  firstMs: Number(firstMs),
  output: new Float32Array(new Uint8Array(Buffer.from(String(output), 'base64')).buffer),
});

const base64 = (data: Float32Array | Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

type Message = Record<string, unknown>;

/** One question at a time, one line each way. */
class Talk {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;
  #complaints = '';

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! });
    this.#iterator = this.#lines[Symbol.asyncIterator]();
    child.stderr!.on('data', (text) => (this.#complaints += text));
    child.on('error', (error) => (this.#complaints += error.message));
    // A process that has ended is noticed by its silence.
    child.stdin!.on('error', () => {});
  }

  ask(message: Message): Promise<Message> {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
    return this.answer();
  }

  async answer(): Promise<Message> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    const { value, done } = await this.#iterator.next();
    clearTimeout(timer);
    if (done) throw new ContestantError(`${this.#name} ended: ${this.#lastComplaint()}`);
    const message = JSON.parse(value) as Message;
    if (message['error']) throw new ContestantError(String(message['error']));
    return message;
  }

  #lastComplaint(): string {
    return this.#complaints.trim().split('\n').at(-1) || 'without a word';
  }

  async end(): Promise<void> {
    this.#lines.close();
    this.#child.stdin!.end();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      this.#child.on('close', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }
}
