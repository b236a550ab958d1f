/** Changing a taxonomy as a value. */
import type { Label, Taxonomy } from '~/api/types';

/** Why a new label's key cannot be used, as a translation key; null when it can. */
export function keyProblem(key: string, taxonomy: Taxonomy): 'keyInvalid' | 'keyTaken' | null {
  if (!/^[a-z][a-z0-9_]{0,119}$/.test(key)) return 'keyInvalid';
  return taxonomy.labels.some((label) => label.name === key) ? 'keyTaken' : null;
}

/** The taxonomy with `label` in the place of its namesake, or at the end. */
export function withLabel(taxonomy: Taxonomy, label: Label): Taxonomy {
  const known = taxonomy.labels.some((one) => one.name === label.name);
  const labels = known
    ? taxonomy.labels.map((one) => (one.name === label.name ? label : one))
    : [...taxonomy.labels, label];
  return { ...taxonomy, labels };
}
