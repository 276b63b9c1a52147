import * as tf from '@tensorflow/tfjs';
import {
  compileTraining,
  DeviceError,
  TrainingError,
  type Training,
  type TrainingProgram,
} from '@intertwiner/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { fillNormal, perceptron, useTfjsCpu } from './support.js';

describe('compiled training', () => {
  useTfjsCpu();
  const started: Training[] = [];
  const start = async (...arguments_: Parameters<typeof compileTraining>): Promise<Training> => {
    const training = await compileTraining(...arguments_);
    started.push(training);
    return training;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((training) => training.dispose()));
  });

  it('takes the steps that tfjs-cpu takes', async () => {
    const compiled = await start(perceptron().program, { device: 'cpu', stepsPerCall: 30 });
    const eager = await start(perceptron().program, { device: 'tfjs-cpu' });
    const [a, b] = [await compiled.run(200, fillNormal), await eager.run(200, fillNormal)];
    expect(a['loss']).toHaveLength(200);
    expect(a['loss']!.at(-1)).toBeLessThan(a['loss']![0]! / 2);
    // Not exact: ONNX Runtime and tfjs add float32 products in another order.
    a['loss']!.forEach((loss, i) => {
      expect(Math.abs(loss / b['loss']![i]! - 1)).toBeLessThan(1e-4);
    });
  });

  it('gives the same bytes for any number of steps per call and for runs in parts', async () => {
    const whole = await start(perceptron().program, { device: 'cpu', stepsPerCall: 20 });
    const parts = await start(perceptron().program, { device: 'cpu', stepsPerCall: 7 });
    const { loss } = await whole.run(20, fillNormal);
    const [first, second] = [await parts.run(9, fillNormal), await parts.run(11, fillNormal)];
    expect([...first['loss']!, ...second['loss']!]).toEqual([...loss!]);
    expect(parts.step).toBe(20);
  });

  it('continues from a saved state with the same bytes', async () => {
    const whole = await start(perceptron().program, { device: 'cpu', stepsPerCall: 5 });
    await whole.run(10, fillNormal);
    const state = await whole.state();
    const { loss } = await whole.run(10, fillNormal);
    const after = await whole.state();
    await whole.restore(state);
    expect(whole.step).toBe(10);
    expect(await whole.run(10, fillNormal)).toEqual({ loss });
    expect(await whole.state()).toEqual(after);
  });

  it('continues dropout with the masks that would have come, and starts from the seed', async () => {
    const dropout = () => {
      const { program } = perceptron();
      const step: TrainingProgram['step'] = ({ x, scale }) =>
        program.step({ x: tf.dropout(x!, 0.3), scale: scale! });
      return { ...program, step };
    };
    const options = { device: 'cpu', stepsPerCall: 3, seed: 5 } as const;
    const whole = await start(dropout(), options);
    const { loss } = await whole.run(6, fillNormal);
    const state = await whole.state();
    const { loss: rest } = await whole.run(6, fillNormal);
    await whole.restore(state);
    expect(await whole.run(6, fillNormal)).toEqual({ loss: rest });
    const again = await start(dropout(), options);
    expect(await again.run(6, fillNormal)).toEqual({ loss });
    const other = await start(dropout(), { ...options, seed: 6 });
    expect((await other.run(6, fillNormal))['loss']).not.toEqual(loss);
  });

  it('refuses a state of another program', async () => {
    const training = await start(perceptron().program, { device: 'cpu' });
    const state = await training.state();
    const [name] = Object.keys(state.variables) as [string];
    const { [name]: removed, ...rest } = state.variables;
    await expect(training.restore({ ...state, variables: rest })).rejects.toThrow(TrainingError);
    const reshaped = { ...state.variables, [name]: { ...removed!, shape: [1] } };
    await expect(training.restore({ ...state, variables: reshaped })).rejects.toThrow(
      /another program/,
    );
  });

  it('writes its state into the variables on sync, and not before', async () => {
    const { program, fill } = perceptron();
    const [w1] = Object.values(tf.engine().state.registeredVariables).slice(-3) as [tf.Variable];
    const before = w1.dataSync().slice();
    const training = await start(program, { device: 'cpu' });
    await training.run(5, fill);
    expect(w1.dataSync()).toEqual(before);
    await training.sync();
    expect(w1.dataSync()).toEqual((await training.state()).variables[w1.name]!.data);
    expect(w1.dataSync()).not.toEqual(before);
  });

  it('reports progress after each call, and stops between two when aborted', async () => {
    const training = await start(perceptron().program, { device: 'cpu', stepsPerCall: 4 });
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (steps: number) => {
      seen.push(steps);
      if (steps === 8) controller.abort(new Error('enough'));
    };
    const run = training.run(30, fillNormal, { onProgress, signal: controller.signal });
    await expect(run).rejects.toThrow('enough');
    expect(seen).toEqual([4, 8]);
    expect(training.step).toBe(8);
    // It goes on from there.
    const { loss } = await training.run(2, fillNormal);
    const other = await start(perceptron().program, { device: 'cpu' });
    expect((await other.run(10, fillNormal))['loss']!.slice(8)).toEqual(loss);
  });

  it('passes on what the runtime and the batches throw', async () => {
    const training = await start(perceptron().program, { device: 'cpu', stepsPerCall: 2 });
    const failing = () => {
      throw new RangeError('no data');
    };
    await expect(training.run(4, failing)).rejects.toThrow('no data');
    expect((await training.run(1, fillNormal))['loss']).toHaveLength(1);
    const gather: TrainingProgram = {
      inputs: [{ name: 'row', shape: [1], dtype: 'int32' }],
      step: ({ row }) => {
        const variable = tf.engine().state.registeredVariables['table']!;
        const picked = tf.gather(variable, row as tf.Tensor1D);
        variable.assign(tf.add(variable, tf.sum(picked)));
        return { sum: tf.sum(picked) };
      },
    };
    tf.tidy(() => tf.variable(tf.ones([3, 2]), true, 'table'));
    const outside = await start(gather, { device: 'cpu', stepsPerCall: 2 });
    const run = outside.run(1, (_, batch) => void (batch['row']![0] = 7));
    await expect(run).rejects.toThrow(/ONNX Runtime on 'cpu'.*(index|indices)/s);
    await expect(run).rejects.toThrow(TrainingError);
  });

  it('refuses programs that train nothing, odd outputs, devices and steps per call', async () => {
    const nothing: TrainingProgram = { inputs: [], step: () => ({ one: tf.scalar(1) }) };
    await expect(compileTraining(nothing, { device: 'cpu' })).rejects.toThrow(
      /changes no variable/,
    );
    const { program } = perceptron();
    const odd: TrainingProgram = {
      ...program,
      step: (inputs) => ({ step: tf.cast(program.step(inputs)['loss']!, 'int32') }),
    };
    await expect(compileTraining(odd, { device: 'cpu' })).rejects.toThrow(/'step' is int32/);
    const clash: TrainingProgram = {
      ...program,
      step: (inputs) => ({ [program.inputs[0]!.name]: program.step(inputs)['loss']! }),
    };
    await expect(compileTraining(clash, { device: 'cpu' })).rejects.toThrow(/rename one of them/);
    await expect(compileTraining(program, { device: 'wasm' })).rejects.toThrow(/use 'cpu'/);
    await expect(compileTraining(program, { stepsPerCall: 0 })).rejects.toThrow(/stepsPerCall/);
    await expect(compileTraining(program, { device: 'cuda' })).rejects.toThrow(DeviceError);
  });

  it('restores eager training too', async () => {
    const training = await start(perceptron().program, { device: 'tfjs-cpu' });
    await training.run(3, fillNormal);
    const state = await training.state();
    const { loss } = await training.run(3, fillNormal);
    await training.restore(state);
    expect(training.step).toBe(3);
    expect(await training.run(3, fillNormal)).toEqual({ loss });
    const aborted = training.run(1, fillNormal, { signal: AbortSignal.abort(new Error('no')) });
    await expect(aborted).rejects.toThrow('no');
  });
});
