/** The peers, PyTorch and JAX, in one Python process for all rows (a script in peers/). */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
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

/** Peers that cannot be started, or that failed at a request. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

export class Peers {
  readonly greeting: Greeting;
  readonly #child: Child;

  private constructor(child: Child, greeting: Greeting) {
    this.#child = child;
    this.greeting = greeting;
  }

  /** Throws PeerError if the command does not start or is no Python that reads the script. */
  static async start(python: string, threads: number, script = 'train_peers.py'): Promise<Peers> {
    const child = new Child(python, threads, script);
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

/** A process that takes and gives lines of JSON. */
class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #complaint = '';

  constructor(python: string, threads: number, script: string) {
    const path = fileURLToPath(new URL(`../../peers/${script}`, import.meta.url));
    this.#process = spawn(python, [path, String(threads)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', (text: Buffer) => {
      this.#complaint = (this.#complaint + text.toString()).slice(-2000);
    });
    // Writing to a process that has ended is told by its end.
    this.#process.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', (error) => resolve(error.message));
      this.#process.on('close', (code) =>
        resolve(this.#complaint.trim().split('\n').at(-1) || `it ended with ${code}`),
      );
    });
    const lines: Interface = createInterface({ input: this.#process.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  send(request: object): void {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  async line(): Promise<unknown> {
    const ended = this.#ended.then((why) => {
      throw new PeerError(why);
    });
    const next = this.#lines.next().then(({ done, value }) => (done ? ended : value));
    return JSON.parse((await Promise.race([next, ended])) as string);
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }
}
