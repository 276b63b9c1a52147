/**
 * What names stand for in a graph and those around it. Inner graphs look outwards instead of copying,
 * so that many small subgraphs in a large graph stay cheap.
 */
export class Names<T> {
  readonly #own = new Map<string, T>();
  readonly #outer: Names<T> | null;

  constructor(outer: Names<T> | null = null) {
    this.#outer = outer;
  }

  /** The names of a graph inside this one. */
  inner(): Names<T> {
    return new Names(this);
  }

  set(name: string, value: T): void {
    this.#own.set(name, value);
  }

  get(name: string): T | undefined {
    return this.#own.get(name) ?? this.#outer?.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}
