/** Where the time of a compiled step goes, by ONNX Runtime's own profiler. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { stepsInput, trace, writeTrainingLoop } from '@intertwiner/onnx';
import type { TrainingProgram } from '@intertwiner/engine';
import type { BuiltTask, TrainingTask } from './task.js';

/** An operator's part of the time in all operators. */
export interface OperatorShare {
  readonly operator: string;
  readonly share: number;
  /** How often it runs in a step. */
  readonly perStep: number;
  /** Milliseconds per step. */
  readonly ms: number;
}

const steps = 20;

/** Trains for some steps with the profiler on; operators by falling share. */
export async function profileTask(task: TrainingTask, threads: number): Promise<OperatorShare[]> {
  const built = task.build('adam', `${task.name}/profile`);
  const folder = await mkdtemp(join(tmpdir(), 'intertwiner-profile-'));
  try {
    const { model, feeds } = trainingModel(built);
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'step'),
      logSeverityLevel: 4,
    });
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return operatorShares(JSON.parse(await readFile(join(folder, file!), 'utf8')) as Event[]);
  } finally {
    built.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function trainingModel({ program, fill }: BuiltTask) {
  const names = program.inputs.map(({ name }) => name);
  const graph = trace(
    (...tensors) => program.step(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
    program.inputs,
  );
  const states = graph.states.map(({ name, input, initial }) => [
    name,
    new Tensor(input.dtype, initial as Float32Array, [...input.shape]),
  ]);
  const feeds: Record<string, Tensor> = {
    ...(Object.fromEntries(states) as Record<string, Tensor>),
    ...batches(program, fill),
    [stepsInput]: new Tensor('int64', [BigInt(steps)], []),
  };
  return { model: writeTrainingLoop(graph), feeds };
}

function batches({ inputs }: TrainingProgram, fill: BuiltTask['fill']): Record<string, Tensor> {
  const arrays = inputs.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { name, shape, size, data: new Float32Array(steps * size) };
  });
  for (let step = 0; step < steps; step++) {
    const views = arrays.map(({ name, size, data }) => [
      name,
      data.subarray(step * size, (step + 1) * size),
    ]);
    fill(step, Object.fromEntries(views));
  }
  return Object.fromEntries(
    arrays.map(({ name, shape, data }) => [name, new Tensor('float32', data, [steps, ...shape])]),
  );
}

/** An entry of the profile, which is a trace of Chrome's format. */
interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

/** The Loop's own entry spans all others. */
function operatorShares(events: readonly Event[]): OperatorShare[] {
  const totals = new Map<string, { us: number; count: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args.op_name === 'Loop') continue;
    const total = totals.get(args.op_name!) ?? { us: 0, count: 0 };
    totals.set(args.op_name!, { us: total.us + dur, count: total.count + 1 });
  }
  const all = [...totals.values()].reduce((sum, { us }) => sum + us, 0);
  return [...totals]
    .map(([operator, { us, count }]) => ({
      operator,
      share: us / all,
      perStep: count / steps,
      ms: us / steps / 1e3,
    }))
    .sort((a, b) => b.share - a.share);
}
