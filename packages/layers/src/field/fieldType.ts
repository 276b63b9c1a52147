/**
 * The type of a feature vector: which representations its entries carry. A feature axis holds the
 * terms of its type one after the other; a term of multiplicity m and dimension d holds m channels of
 * d entries, channel c and entry i at c·d + i.
 */
import type * as tf from '@tensorflow/tfjs';
import { trivial, type Group, type Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { actionKind, type ActionKind } from './actionKind.js';

/** m copies of one representation. */
export interface FieldTerm {
  /** The representation; `null` in a type read from a saved model, which needs it no more. */
  readonly representation: Representation | null;
  /** The representation's name. */
  readonly name: string;
  readonly dimension: number;
  readonly multiplicity: number;
  /** How the generators act on the entries, which decides on the nonlinearities that fit. */
  readonly action: ActionKind;
}

/** A direct sum of representations with multiplicities; immutable. */
export interface FieldType {
  /** Name of the group. */
  readonly group: string;
  readonly terms: readonly FieldTerm[];
  /** Length of the feature axis. */
  readonly size: number;
}

/**
 * The type of m₁ copies of ρ₁, then m₂ copies of ρ₂, and so on.
 *
 * @param terms pairs of a representation and its multiplicity, all of one group, at least one.
 * @throws {LayerError} if groups differ or a multiplicity is no positive integer.
 */
export function fieldType(...terms: readonly (readonly [Representation, number])[]): FieldType {
  const groups = [...new Set(terms.map(([{ group }]) => group.name))];
  if (groups.length !== 1) {
    throw new LayerError(
      'fieldType',
      `expected terms of one group, got ${groups.join(', ') || 'none'}.`,
    );
  }
  return makeType(
    groups[0],
    terms.map(([representation, multiplicity]) => term(representation, multiplicity)),
  );
}

/** m scalars: entries that do not move. */
export function scalars(group: Group, multiplicity: number): FieldType {
  return fieldType([trivial(group), multiplicity]);
}

/** The direct sum a ⊕ b. @throws {LayerError} if their groups differ. */
export function joinTypes(a: FieldType, b: FieldType): FieldType {
  if (a.group !== b.group) {
    throw new LayerError('joinTypes', `cannot join ${describeType(a)} and ${describeType(b)}.`);
  }
  return makeType(a.group, [...a.terms, ...b.terms]);
}

/** For example `4×R + 2×V of D4`. */
export function describeType({ group, terms }: FieldType): string {
  const parts = terms.map(({ multiplicity, name }) => `${multiplicity}×${name}`);
  return `${parts.join(' + ')} of ${group}`;
}

/** Whether two types have the same group and terms. */
export function sameType(a: FieldType, b: FieldType): boolean {
  return describeType(a) === describeType(b) && a.size === b.size;
}

/** Where each term begins on the feature axis. */
export function termOffsets({ terms }: FieldType): number[] {
  let at = 0;
  return terms.map((t) => (at += termSize(t)) - termSize(t));
}

/** Entries of a term: multiplicity × dimension. */
export function termSize({ multiplicity, dimension }: FieldTerm): number {
  return multiplicity * dimension;
}

/** A field type in a layer's config; names are kept as they are only under the key `name`. */
export function typeConfig({ group, terms }: FieldType): tf.serialization.ConfigDict {
  return {
    name: group,
    terms: terms.map(({ name, dimension, multiplicity, action }) => ({
      name,
      dimension,
      multiplicity,
      action: { name: action },
    })),
  };
}

/** What {@link typeConfig} wrote, as it comes back from a saved model. */
interface TypeConfig {
  readonly name: string;
  readonly terms: readonly {
    readonly name: string;
    readonly dimension: number;
    readonly multiplicity: number;
    readonly action: { readonly name: ActionKind };
  }[];
}

/** What a layer takes for a type: the type, or its config. */
export type FieldTypeSpec = FieldType | TypeConfig;

/** The type that a layer's arguments name. */
export function readType(spec: FieldTypeSpec): FieldType {
  if ('size' in spec) return spec;
  const terms = spec.terms.map((t) => ({ ...t, representation: null, action: t.action.name }));
  return makeType(spec.name, terms);
}

/** @internal A type from its terms. */
export function makeType(group: string, terms: readonly FieldTerm[]): FieldType {
  const size = terms.reduce((sum, t) => sum + termSize(t), 0);
  return Object.freeze({ group, terms: Object.freeze([...terms]), size });
}

function term(representation: Representation, multiplicity: number): FieldTerm {
  if (!Number.isInteger(multiplicity) || multiplicity < 1) {
    throw new LayerError(
      'fieldType',
      `the multiplicity of ${representation.name} must be a positive integer, got ${multiplicity}.`,
    );
  }
  const { name, dimension } = representation;
  return { representation, name, dimension, multiplicity, action: actionKind(representation) };
}
