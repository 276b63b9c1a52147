/** A Python program that trains the same networks, one request per line in JSON. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly ms?: number;
  readonly error?: string;
}

export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(framework: 'torch' | 'jax', python: string) {
    const script = fileURLToPath(new URL('../peers/train_peer.py', import.meta.url));
    this.#child = spawn(python, [script, framework], { stdio: ['pipe', 'pipe', 'ignore'] });
    // A Python that is not there ends its output without an answer, which `#ask` reports.
    this.#child.on('error', () => {});
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Makes a network; throws if the framework is absent. */
  async prepare(mode: string, row: object): Promise<void> {
    await this.#ask({ mode, row });
  }

  /** Takes steps with the network made last, and returns the milliseconds they took. */
  async run(mode: string, steps: number): Promise<number> {
    return (await this.#ask({ mode, steps })).ms!;
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #ask(request: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    const answer: Answer = done ? { error: 'Python did not answer' } : JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
