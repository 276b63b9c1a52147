import { asFiniteGroup, group, type FiniteGroup } from '@intertwiner/groups';

/** A finite group: a spec such as `'D4'`, the group itself, or `{ name }` from a saved config. */
export type GroupSpec = string | FiniteGroup | { readonly name: string };

/**
 * The finite group that a layer's arguments name.
 *
 * @throws RangeError if there is no such group or its elements are not numbered.
 */
export function readGroup(spec: GroupSpec): FiniteGroup {
  if (typeof spec === 'string') return asFiniteGroup(group(spec));
  return 'kind' in spec ? spec : readGroup(spec.name);
}

/**
 * A group in a layer's config. It is an object, because tfjs rewrites every other string of a
 * saved model to snake case: `'D4'` would come back as `'d4'`, but values under `name` are kept.
 */
export function groupConfig({ name }: FiniteGroup): { name: string } {
  return { name };
}
