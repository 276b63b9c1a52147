/**
 * Expressions for representations of a group: `V` (the defining one), `R` (the regular one of a
 * finite group), a number n (n trivial copies), `T(p,q)` = V^p ⊗ V*^q, `Sym^k V`, `Alt^k V` (or
 * `Λ^k V`), `psi3` (the real irrep number 3 of a finite group), combined by `*` (dual), `^k`
 * (tensor power), `x` or `⊗`, and `+` or `⊕`, with brackets.
 */
import { irreps } from '../characters/irreps.js';
import { asFiniteGroup, type Group } from '../groups/group.js';
import { exteriorPower, symmetricPower } from './powers.js';
import type { Representation } from './representation.js';
import { natural, regular, trivial } from './standard.js';
import { tensor, tensorPower } from './tensor.js';

/** An expression that names no representation; the message marks the place. */
export class RepresentationSyntaxError extends SyntaxError {
  override readonly name = 'RepresentationSyntaxError';

  constructor(text: string, position: number, expected: string) {
    super(
      `Cannot read the representation '${text}' at position ${position + 1}` +
        `${position < text.length ? ` ('${text.slice(position, position + 8)}')` : ''}: ` +
        `expected ${expected}. Examples: V, V^2, V*, T(2,1), V + 1, V x V*, Sym^2 V.`,
    );
  }
}

/** Parses an expression such as `V^2 + V x V* + 1`. @throws RepresentationSyntaxError */
export function parseRepresentation(group: Group, text: string): Representation {
  const parser = new Parser(group, text);
  return parser.parse();
}

class Parser {
  readonly #group: Group;
  readonly #text: string;
  #at = 0;

  constructor(group: Group, text: string) {
    this.#group = group;
    this.#text = text;
  }

  parse(): Representation {
    const rep = this.#sum();
    if (this.#at < this.#text.length) throw this.#error('an operator or the end');
    return rep;
  }

  #error(expected: string): RepresentationSyntaxError {
    return new RepresentationSyntaxError(this.#text, this.#at, expected);
  }

  /** Reads a pattern at the present position, after blanks, and the blanks after it. */
  #take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(`\\s*(?:${pattern.source})\\s*`, 'y');
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match) this.#at = sticky.lastIndex;
    return match;
  }

  #sum(): Representation {
    let rep = this.#product();
    while (this.#take(/[+⊕]/)) rep = rep.plus(this.#product());
    return rep;
  }

  #product(): Representation {
    let rep = this.#postfix();
    while (this.#take(/x|⊗/)) rep = rep.times(this.#postfix());
    return rep;
  }

  #postfix(): Representation {
    let rep = this.#atom();
    for (;;) {
      const power = this.#take(/\^(\d+)/);
      if (power) rep = tensorPower(rep, Number(power[1]));
      else if (this.#take(/\*/)) rep = rep.dual();
      else return rep;
    }
  }

  #atom(): Representation {
    if (this.#take(/\(/)) {
      const rep = this.#sum();
      if (!this.#take(/\)/)) throw this.#error("')'");
      return rep;
    }
    const symmetric = this.#take(/(Sym|Alt|Λ)\^(\d+)/);
    if (symmetric) {
      const power = symmetric[1] === 'Sym' ? symmetricPower : exteriorPower;
      return power(this.#atom(), Number(symmetric[2]));
    }
    const type = this.#take(/T\((\d+)(?:,\s*(\d+))?\)/);
    if (type) return tensor(natural(this.#group), Number(type[1]), Number(type[2] ?? 0));
    const irrep = this.#take(/(?:psi|ψ)(\d+)/);
    if (irrep) return this.#irrep(Number(irrep[1]));
    const copies = this.#take(/\d+/);
    if (copies) return this.#trivial(Number(copies[0]));
    if (this.#take(/V/)) return natural(this.#group);
    if (this.#take(/R/)) return regular(asFiniteGroup(this.#group));
    throw this.#error('V, R, a number, T(p,q), Sym^k, Alt^k, psi<k> or a bracket');
  }

  #trivial(copies: number): Representation {
    if (copies < 1) throw this.#error('a positive number of trivial copies before this');
    return trivial(this.#group, copies);
  }

  #irrep(number: number): Representation {
    const list = irreps(asFiniteGroup(this.#group), 'R');
    if (number >= list.length) {
      throw this.#error(`a real irrep from psi0 to psi${list.length - 1} before this`);
    }
    return list[number];
  }
}
