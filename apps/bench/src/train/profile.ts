/** Where the time of a compiled step goes, by ONNX Runtime's own profiler. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  graphVariables,
  stepsInput,
  trace,
  writeTrainingLoop,
  writeTrainingStep,
  type Graph,
  type Target,
} from '@intertwiner/onnx';
import { cpuTarget, type OnnxDevice, type TrainingProgram } from '@intertwiner/engine';
import { spread } from './statistics.js';
import type { BuiltTask, TrainingTask } from './task.js';

/** An operator's part of the time in all operators. */
export interface OperatorShare {
  readonly operator: string;
  /** The part of ONNX Runtime that ran it: `CPU`, `CUDA`, …. */
  readonly provider: string;
  readonly share: number;
  /** How often it runs in a step. */
  readonly perStep: number;
  /** Milliseconds per step. */
  readonly ms: number;
}

/** Enough for a fraction of a second, and for medians. */
const stepsOf = ({ work }: TrainingTask): number =>
  Math.min(200, Math.max(5, Math.round(1e11 / work.flops)));

/**
 * Trains for some steps with the profiler on; operators by falling share. On a card, the times are
 * those of starting the operators there.
 */
export async function profileTask(
  task: TrainingTask,
  threads: number,
  device: OnnxDevice = 'cpu',
): Promise<OperatorShare[]> {
  const built = task.build('adam', `${task.name}/profile`);
  // WebGPU trains by single steps.
  const steps = device === 'webgpu' ? 1 : stepsOf(task);
  const folder = await mkdtemp(join(tmpdir(), 'intertwiner-profile-'));
  try {
    const target = device === 'cpu' ? await cpuTarget() : undefined;
    const { model, feeds } =
      device === 'webgpu' ? stepModel(built) : trainingModel(built, steps, target);
    const session = await InferenceSession.create(model, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'step'),
      logSeverityLevel: 4,
    });
    await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return operatorShares(
      JSON.parse(await readFile(join(folder, file!), 'utf8')) as Event[],
      steps,
    );
  } finally {
    built.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function traceStep({ program }: BuiltTask, target?: Target): Graph {
  const names = program.inputs.map(({ name }) => name);
  return trace(
    (...tensors) => program.step(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
    program.inputs,
    { target },
  );
}

/** One step, with the states as the graph has them. */
function stepModel(built: BuiltTask) {
  const graph = traceStep(built);
  const states = graph.states.map(({ name, input: { dtype, shape }, initial }) => [
    name,
    new Tensor(dtype as 'float32', initial as Float32Array, [...shape]),
  ]);
  const batch = Object.entries(batches(built.program, built.fill, 1)).map(([name, stacked]) => [
    name,
    stacked.reshape(stacked.dims.slice(1)),
  ]);
  const feeds = Object.fromEntries([...states, ...batch]) as Record<string, Tensor>;
  return { model: writeTrainingStep(graph), feeds };
}

function trainingModel(built: BuiltTask, steps: number, target: Target | undefined) {
  const { program, fill } = built;
  const graph = traceStep(built, target);
  const states = graphVariables(graph).map(({ name, dtype, shape, initial }) => [
    name,
    new Tensor(dtype as 'float32', initial as Float32Array, [...shape]),
  ]);
  const feeds: Record<string, Tensor> = {
    ...(Object.fromEntries(states) as Record<string, Tensor>),
    ...batches(program, fill, steps),
    [stepsInput]: new Tensor('int64', [BigInt(steps)], []),
  };
  return { model: writeTrainingLoop(graph), feeds };
}

function batches(
  { inputs }: TrainingProgram,
  fill: BuiltTask['fill'],
  steps: number,
): Record<string, Tensor> {
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
  readonly args: { readonly op_name?: string; readonly provider?: string };
}

/**
 * Each node counts with its median over the steps, so that what once interrupted it does not. The
 * Loop's own entry spans all others.
 */
function operatorShares(events: readonly Event[], steps: number): OperatorShare[] {
  const nodes = new Map<string, { operator: string; provider: string; us: number[] }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args.op_name === 'Loop') continue;
    const provider = args.provider!.replace(/ExecutionProvider$/, '');
    const node = nodes.get(name) ?? { operator: args.op_name!, provider, us: [] };
    node.us.push(dur);
    nodes.set(name, node);
  }
  const totals = new Map<string, Omit<OperatorShare, 'share'>>();
  for (const { operator, provider, us } of nodes.values()) {
    const key = `${operator} ${provider}`;
    const { ms, perStep } = totals.get(key) ?? { ms: 0, perStep: 0 };
    const times = us.length / steps;
    totals.set(key, {
      operator,
      provider,
      ms: ms + (spread(us).median * times) / 1e3,
      perStep: perStep + times,
    });
  }
  const all = [...totals.values()].reduce((sum, { ms }) => sum + ms, 0);
  return [...totals.values()]
    .map((total) => ({ ...total, share: total.ms / all }))
    .sort((a, b) => b.share - a.share);
}
