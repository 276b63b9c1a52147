/** Ways to run the same network forwards. */
import { loadModel, type LoadedModel } from '@intertwiner/engine';
import { now, type Clock } from '../train/clock.js';
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

/** The implementations of peers/layers_peers.py. */
const titles = {
  training: {
    torch: 'PyTorch eager',
    'torch-fused': 'PyTorch, fused Adam',
    escnn: 'escnn',
  },
  inference: {
    'torch-eval': 'PyTorch, filters frozen',
    'torch-onnx': 'PyTorch exported, ONNX Runtime',
    'escnn-eval': 'escnn, eval mode',
    'escnn-onnx': 'escnn exported, ONNX Runtime',
  },
} as const;

/** The peers' columns: those of escnn from a process of their own, as it may need its own Python. */
export const layersPeerColumns = (
  processes: { readonly torch: Peers | null; readonly escnn: Peers | null },
  part: keyof typeof titles,
  clock: Clock,
): readonly Column[] =>
  Object.entries(titles[part]).flatMap(([impl, title]) => {
    const peers = impl.startsWith('escnn') ? processes.escnn : processes.torch;
    return peers && impl in peers.greeting.impls ? [peerColumn(peers, impl, title, clock)] : [];
  });

const peerColumn = (peers: Peers, impl: string, title: string, clock: Clock): Column => ({
  name: impl,
  title,
  refuses: ({ peer }) =>
    impl.startsWith('escnn') && peer.kind !== 'field-cnn' ? 'escnn has no such layer' : null,
  start: ({ peer }) =>
    Promise.resolve({
      run: (steps, warmup) => peers.run({ row: peer, impl, steps, warmup, clock }),
      dispose: () => Promise.resolve(),
    }),
});
