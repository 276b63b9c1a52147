import { Presets, SingleBar } from 'cli-progress';
import { isTerminal } from './output.js';

/** Shows how far each phase of a run has come: a bar on a terminal, a line per phase elsewhere. */
export interface Progress {
  update(phase: string, step: number, total: number, note: string): void;
  stop(): void;
}

export const makeProgress = (): Progress => (isTerminal() ? barProgress() : lineProgress());

function barProgress(): Progress {
  let bar: SingleBar | null = null;
  let current = '';
  const start = (phase: string, total: number) => {
    bar?.stop();
    current = phase;
    bar = new SingleBar(
      {
        format: `${phase.padEnd(20)} {bar} {value}/{total}  {note}  {eta_formatted} left`,
        stream: process.stderr,
        hideCursor: true,
        etaBuffer: 20,
      },
      Presets.shades_classic,
    );
    bar.start(total, 0, { note: '' });
  };
  return {
    update(phase, step, total, note) {
      if (phase !== current) start(phase, total);
      bar?.update(step, { note });
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}

function lineProgress(): Progress {
  const done = new Set<string>();
  return {
    update(phase, step, total, note) {
      if (step < total || done.has(phase)) return;
      done.add(phase);
      process.stderr.write(`${phase}: ${total} steps, ${note}\n`);
    },
    stop() {},
  };
}
