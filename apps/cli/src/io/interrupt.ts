import { InterruptedError } from './errors.js';

/**
 * A signal that Ctrl-C aborts, so that a run can save and stop; the second Ctrl-C ends the process
 * at once.
 */
export function interruptSignal(remedy: string): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping after this step and saving; Ctrl-C again stops at once.\n');
    controller.abort(new InterruptedError(`Interrupted. ${remedy}`));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
