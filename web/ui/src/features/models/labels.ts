/** Labels of a taxonomy by the names that the reader uses. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getTaxonomies } from '~/api/endpoints';
import { categoryLabel } from '~/i18n/format';

export function useTaxonomies() {
  return useQuery({ queryKey: ['taxonomies'], queryFn: getTaxonomies, staleTime: 30_000 });
}

/** A label's name in the reader's language; as it is where the taxonomy no longer has it. */
export function useLabelName(taxonomy: string): (label: string) => string {
  const { i18n } = useTranslation();
  const { data } = useTaxonomies();
  const labels = data?.items.find((one) => one.name === taxonomy)?.labels ?? [];
  const names = new Map(labels.map((one) => [one.name, categoryLabel(one, i18n.language)]));
  return (label) => names.get(label) || label;
}
