/** The peers, PyTorch and JAX, in one Python process for all rows (a script in peers/). */
import { JsonProcess, PeerError } from '../jsonProcess.js';
import type { Clock } from './clock.js';
import type { PeerRow } from './task.js';

export interface PeerRequest {
  readonly row: PeerRow;
  readonly impl: string;
  readonly steps: number;
  readonly warmup: number;
  readonly clock: Clock;
}

export interface PeerAnswer {
  readonly msPerStep: number;
  /** Of the warm-up and the timed steps. */
  readonly losses: readonly number[];
}

/** The first line that the process prints. */
interface Greeting {
  /** Implementations and their versions. */
  readonly impls: Readonly<Record<string, string>>;
  /** Packages that are not installed, and the error of their import. */
  readonly missing: Readonly<Record<string, string>>;
}

export class Peers {
  readonly greeting: Greeting;
  readonly #child: JsonProcess;

  private constructor(child: JsonProcess, greeting: Greeting) {
    this.#child = child;
    this.greeting = greeting;
  }

  /** Throws PeerError if the command does not start or is no Python that reads the script. */
  static async start(
    python: string,
    threads: number,
    script = 'train_peers.py',
    device = 'cpu',
  ): Promise<Peers> {
    const child = new JsonProcess(python, script, String(threads), device);
    return new Peers(child, (await child.line()) as Greeting);
  }

  /** Trains on; throws PeerError with what the implementation said if it cannot. */
  async run(request: PeerRequest): Promise<PeerAnswer> {
    this.#child.send(request);
    const answer = (await this.#child.line()) as PeerAnswer & { error?: string };
    if (answer.error !== undefined) throw new PeerError(answer.error);
    return answer;
  }

  /** Ends the process. */
  close(): Promise<void> {
    return this.#child.close();
  }
}
