/** Changing a taxonomy as a value, and reading it as a tree. */
import type { Label, Taxonomy } from '~/api/types';

export interface Branch {
  label: Label;
  below: Branch[];
}

/** Labels under their parents, in the taxonomy's order; one whose parent is missing is a root. */
export function treeOf(labels: readonly Label[]): Branch[] {
  const branches = new Map(labels.map((label) => [label.name, { label, below: [] as Branch[] }]));
  const roots: Branch[] = [];
  for (const branch of branches.values()) {
    const above = branches.get(branch.label.parent ?? '');
    (above ? above.below : roots).push(branch);
  }
  return roots;
}

/** Names of a label and of all below it. */
export function withBelow(labels: readonly Label[], name: string): Set<string> {
  const found = new Set([name]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const label of labels) if (label.parent && found.has(label.parent)) found.add(label.name);
  }
  return found;
}

/** Why a key cannot be used, as a translation key; null when it can. */
export function keyProblem(key: string, taken: Iterable<string>): 'keyInvalid' | 'keyTaken' | null {
  if (!/^[^\s,:]{1,120}$/.test(key)) return 'keyInvalid';
  return new Set(taken).has(key) ? 'keyTaken' : null;
}

/** The taxonomy with `label` in the place of its namesake, or at the end. */
export function withLabel(taxonomy: Taxonomy, label: Label): Taxonomy {
  const known = taxonomy.labels.some((one) => one.name === label.name);
  const labels = known
    ? taxonomy.labels.map((one) => (one.name === label.name ? label : one))
    : [...taxonomy.labels, label];
  return { ...taxonomy, labels };
}

/** A key out of an English name: "Purchase order" -> "purchase_order". */
export function keyOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 120);
}
