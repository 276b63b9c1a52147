/** Peers in Python: processes that take and give lines of JSON (peers/*.py). */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Peers that cannot be started, or that failed at a request. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** A process that takes and gives lines of JSON. */
export class JsonProcess {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #complaint = '';

  /**
   * @param python the command of a Python; `script` a file of `peers/`.
   */
  constructor(python: string, script: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
    this.#process = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
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
