import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  registerLowering,
  supportedKernels,
  trace,
  TracedValueError,
  TraceError,
  UntracedKernelError,
  writeModel,
} from '@intertwiner/onnx';
import { unsupported } from '../src/lowerings/unsupported.js';
import { runModel } from './support/runtime.js';
import { useTfjsCpu, variable } from './support/tfjs.js';

const vector = (...data: number[]) => ({
  data: Float32Array.from(data),
  shape: [data.length],
  dtype: 'float32',
});

describe('trace', () => {
  useTfjsCpu();

  it('names inputs and outputs', () => {
    const graph = trace(
      (a, b) => ({ sum: tf.add(a, b), product: tf.mul(a, b) }),
      [
        { name: 'a', shape: [3] },
        { name: 'b', shape: [1], dtype: 'int32' },
      ],
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(graph.outputs.map(({ name, value }) => [name, value.shape])).toEqual([
      ['sum', [3]],
      ['product', [3]],
    ]);
  });

  it('takes in tensors of the active backend as constants, each once', async () => {
    const weights = tf.tensor1d([1, 2, 3]);
    const graph = trace((x) => tf.add(tf.mul(x, weights), weights), [{ name: 'x', shape: [3] }]);
    const constants = new Set(
      graph.nodes.flatMap((node) => node.inputs.filter((v) => v?.constant)),
    );
    expect(constants.size).toBe(1);
    const { output } = await runModel(writeModel(graph), { x: vector(1, 1, 2) });
    expect([...output!.data]).toEqual([2, 4, 9]);
    weights.dispose();
  });

  it('turns variables that are read but not changed into constants', async () => {
    const scale = variable([2, 3], [2], 'scale');
    const graph = trace((x) => tf.mul(x, scale), [{ name: 'x', shape: [2] }]);
    expect(graph.states).toEqual([]);
    const { output } = await runModel(writeModel(graph), { x: vector(5, 7) });
    expect([...output!.data]).toEqual([10, 21]);
  });

  it('makes states of variables that change, and gives them their elements back', () => {
    const count = variable([4], [], 'count');
    const unread = variable([9], [], 'unread');
    const graph = trace(
      (x) => {
        count.assign(tf.add(count, tf.sum(x)) as tf.Scalar);
        return count.clone();
      },
      [{ name: 'x', shape: [2] }],
    );
    expect(graph.states.map(({ name, initial }) => [name, [...initial]])).toEqual([['count', [4]]]);
    expect([count.dataSync()[0], unread.dataSync()[0]]).toEqual([4, 9]);
  });

  it('gives variables their elements back when the function throws', () => {
    const count = variable([4], []);
    const failing = () => {
      count.assign(tf.scalar(5));
      throw new RangeError('stop');
    };
    expect(() => trace(failing, [])).toThrow(RangeError);
    expect(count.dataSync()[0]).toBe(4);
    expect(tf.tidy(() => tf.add(count, 1).dataSync()[0])).toBe(5);
  });

  it('keeps gradients of tf.grad inside', async () => {
    const graph = trace(
      (x) => tf.grad((y) => tf.sum(tf.square(y)))(x),
      [{ name: 'x', shape: [3] }],
    );
    const { output } = await runModel(writeModel(graph), { x: vector(1, -2, 0.5) });
    expect([...output!.data]).toEqual([2, -4, 1]);
  });

  it.each([
    [[3], [3, 2], /\[3\] and \[3, 2\] do not fit/],
    [[2, 3], [2, 3], /\[2, 3\] and \[2, 3\] do not fit/],
    [[4, 2, 3], [5, 3, 2], /\[4, 2, 3\] and \[5, 3, 2\] do not fit/],
  ])('refuses factors of shapes %j and %j', (a, b, message) => {
    const inputs = [
      { name: 'a', shape: a },
      { name: 'b', shape: b },
    ];
    expect(() => trace((x, y) => tf.matMul(x!, y!), inputs)).toThrow(message);
  });

  it('refuses to read elements, and says which', () => {
    const reading = (x: tf.Tensor) => (x.dataSync()[0]! > 0 ? x : tf.neg(x));
    expect(() => trace(reading, [{ name: 'x', shape: [2, 3] }])).toThrow(TracedValueError);
    expect(() => trace(reading, [{ name: 'x', shape: [2, 3] }])).toThrow(/shape \[2, 3\]/);
  });

  it('lets constants be read', async () => {
    const fn = (x: tf.Tensor) => tf.mul(x, tf.scalar(3).dataSync()[0]!);
    const { output } = await runModel(writeModel(trace(fn, [{ name: 'x', shape: [1] }])), {
      x: vector(2),
    });
    expect([...output!.data]).toEqual([6]);
  });

  it('names the kernel that has no lowering, the call, and the remedy', () => {
    const run = () => trace((x) => tf.unique(x).values, [{ name: 'x', shape: [4] }]);
    expect(run).toThrow(UntracedKernelError);
    expect(run).toThrow(/'Unique' .*tf\.unique.*depends on values.*registerLowering/s);
  });

  it.each(Object.entries(unsupported))('refuses %s, saying why', (kernel, reason) => {
    const run = () =>
      trace((x) => tf.engine().runKernel(kernel, { x }) as tf.Tensor, [{ name: 'x', shape: [1] }]);
    expect(run).toThrow(UntracedKernelError);
    expect(run).toThrow(`'${kernel}'`);
    expect(run).toThrow(`: ${reason}. Register one`);
  });

  it('traces what tfjs composes of other kernels', () => {
    const square = (x: tf.Tensor) => x as tf.Tensor2D;
    const composed: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
      BroadcastTo: (x) => tf.broadcastTo(x, [2, 3, 3]),
      LogSoftmax: (x) => tf.logSoftmax(x),
      LogicalXor: (x) => tf.cast(tf.logicalXor(tf.cast(x, 'bool'), tf.cast(x, 'bool')), 'float32'),
      LowerBound: (x) => tf.lowerBound(x, x),
      MatrixBandPart: (x) => tf.linalg.bandPart(x, 1, 0),
      Pool: (x) =>
        tf.pool(tf.reshape(x, [1, 3, 3, 1]) as tf.Tensor4D, 2, 'max', 'valid', 1, 1) as tf.Tensor,
      UpperBound: (x) => tf.upperBound(x, x),
    };
    for (const fn of Object.values(composed)) {
      expect(trace(fn, [{ name: 'x', shape: [3, 3] }]).outputs).toHaveLength(1);
    }
    const unused = Object.entries(unsupported).filter(([, reason]) => /never calls/.test(reason));
    expect(unused.map(([name]) => name)).toEqual(Object.keys(composed));
    // Small linear algebra of tfjs is composed too.
    for (const fn of [
      (x: tf.Tensor) => tf.linalg.gramSchmidt(square(x)) as tf.Tensor,
      (x: tf.Tensor) => tf.linalg.qr(x)[0],
    ]) {
      expect(trace(fn, [{ name: 'x', shape: [3, 3] }]).nodes.length).toBeGreaterThan(10);
    }
  });

  it('takes lowerings that users register, and lets them replace others', async () => {
    expect(supportedKernels()).not.toContain('Probe');
    registerLowering('Probe', ({ inputs, graph }) => {
      const x = inputs['x']!;
      return graph.op('Neg', [x], { dtype: x.dtype, shape: x.shape });
    });
    expect(supportedKernels()).toContain('Probe');
    const fn = (x: tf.Tensor) => tf.engine().runKernel('Probe', { x }) as tf.Tensor;
    const run = async () => {
      const bytes = writeModel(trace(fn, [{ name: 'x', shape: [1] }]));
      return [...(await runModel(bytes, { x: vector(3) }))['output']!.data];
    };
    expect(await run()).toEqual([-3]);
    registerLowering('Probe', ({ inputs }) => inputs['x']!);
    expect(await run()).toEqual([3]);
  });

  it('refuses functions that return a promise, or no tensor', () => {
    const promise = (async (x: tf.Tensor) => x) as unknown as (x: tf.Tensor) => tf.Tensor;
    expect(() => trace(promise, [{ name: 'x', shape: [] }])).toThrow(/synchronously/);
    const number = (() => ({ y: 3 })) as unknown as () => tf.Tensor;
    expect(() => trace(number, [])).toThrow(/'y'.*not a tensor/);
  });

  it('refuses a trace inside a trace, and works afterwards', () => {
    const inner = () => tf.scalar(1);
    const nested = () => {
      trace(inner, []);
      return tf.scalar(2);
    };
    expect(() => trace(nested, [])).toThrow(/inside a traced function/);
    expect(trace((x) => tf.add(x, 1), [{ name: 'x', shape: [] }]).nodes).toHaveLength(1);
  });

  it('takes outputs that were kept, as a loss function has to, and frees them', async () => {
    const weight = variable([2], []);
    const fn = (x: tf.Tensor) => {
      let part: tf.Tensor | null = null;
      const { value } = tf.variableGrads(() => {
        part = tf.keep(tf.sum(x));
        return tf.mul(part, weight) as tf.Scalar;
      });
      return { part: part!, value };
    };
    const { part } = await runModel(writeModel(trace(fn, [{ name: 'x', shape: [2] }])), {
      x: vector(3, 4),
    });
    expect([...part!.data]).toEqual([7]);
    const escaped = (x: tf.Tensor) => {
      let part: tf.Tensor | null = null;
      tf.tidy(() => {
        part = tf.neg(x);
      });
      return part!;
    };
    expect(() => trace(escaped, [{ name: 'x', shape: [2] }])).toThrow(/tf\.keep\(\)/);
  });

  it('refuses tensors that outlive their trace', () => {
    let kept: tf.Tensor | null = null;
    const keeping = (x: tf.Tensor) => {
      kept = tf.keep(tf.add(x, 1));
      return tf.neg(x);
    };
    trace(keeping, [{ name: 'x', shape: [2] }]);
    expect(() => tf.square(kept!)).toThrow(/finished trace|disposed/);
    kept!.dispose();
  });

  it.each([
    [[{ name: 'x', shape: [-1] }], /'x'.*\[-1\]/],
    [[{ name: 'x', shape: [1.5] }], /'x'.*1\.5/],
    [[{ name: 'x', shape: [1], dtype: 'complex64' as 'float32' }], /complex64/],
    [
      [
        { name: 'x', shape: [] },
        { name: 'x', shape: [] },
      ],
      /Two inputs are called 'x'/,
    ],
  ])('refuses inputs %j', (inputs, message) => {
    expect(() => trace((x) => x, inputs)).toThrow(TraceError);
    expect(() => trace((x) => x, inputs)).toThrow(message);
  });
});
