/** Ways to run the same network forwards. */
import { loadModel, type LoadedModel } from '@intertwiner/engine';
import { now } from '../train/clock.js';
import { ownColumn, type Column, type Contestant, type Setting } from '../train/contestants.js';
import type { Peers } from '../train/peers.js';
import type { LayersTask } from './tasks.js';

/** Our exported file in ONNX Runtime. */
export const exportedColumn = (tasks: readonly LayersTask[], setting: Setting): Column => ({
  name: ownColumn,
  title: 'exported (ours)',
  refuses: () => null,
  async start({ name }) {
    const task = tasks.find((other) => other.name === name)!;
    const { bytes, inputs } = task.exported(`${name}/exported`);
    const network = await loadModel(bytes, { device: 'cpu', threads: setting.threads });
    const feeds = Object.fromEntries(network.inputs.map((input, i) => [input.name, inputs[i]!]));
    return forwardContestant(network, feeds, setting);
  },
});

function forwardContestant(
  network: LoadedModel,
  feeds: Parameters<LoadedModel['run']>[0],
  { clock }: Setting,
): Contestant {
  return {
    async run(steps) {
      const start = now(clock);
      for (let step = 0; step < steps; step++) await network.run(feeds);
      return { msPerStep: (now(clock) - start) / steps, losses: [] };
    },
    dispose: () => network.dispose(),
  };
}

const titles: Readonly<Record<string, string>> = {
  'torch-eval': 'PyTorch, filters frozen',
  'torch-onnx': 'PyTorch exported, ONNX Runtime',
};

/** The peers' forward passes, of those named that are present. */
export const peerForwardColumns = (peers: Peers, { clock }: Setting): readonly Column[] =>
  Object.keys(titles)
    .filter((impl) => impl in peers.greeting.impls)
    .map((impl) => ({
      name: impl,
      title: titles[impl]!,
      refuses: () => null,
      start: ({ peer }) =>
        Promise.resolve({
          run: (steps, warmup) => peers.run({ row: peer, impl, steps, warmup, clock }),
          dispose: () => Promise.resolve(),
        }),
    }));
