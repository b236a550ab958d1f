/** Facets with counts, and the active filters as chips. */
import { ActionIcon, Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SearchFilter } from '~/api/endpoints';
import type { FacetName, SearchResult } from '~/api/types';
import { collectionsQuery } from '~/app/session';
import { taxonomiesQuery } from '~/features/document/queries';
import classes from '~/features/search/Search.module.css';
import { useFormat } from '~/i18n/format';

export const FACETS: readonly FacetName[] = ['category', 'collection', 'format', 'language'];

type Values = SearchResult['facets'];

/** The values of a filter as the address holds them: "pdf,docx". */
export function chosenValues(filter: string | undefined): string[] {
  return filter ? filter.split(',').filter(Boolean) : [];
}

/** The filter with `value` added or taken out; undefined when nothing is left. */
export function toggled(filter: string | undefined, value: string): string | undefined {
  const values = chosenValues(filter);
  const next = values.includes(value) ? values.filter((v) => v !== value) : [...values, value];
  return next.length > 0 ? next.join(',') : undefined;
}

/** How a facet value reads: the server's label, else what we can make of the value. */
export function useFacetLabel(facets: Partial<Values> | undefined) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(collectionsQuery);
  const { data: taxonomies } = useQuery(taxonomiesQuery);
  const labels = taxonomies?.items.flatMap((one) => one.labels) ?? [];
  return (name: FacetName, value: string): string => {
    const given = facets?.[name]?.find((one) => String(one.value) === value)?.label;
    if (name === 'language') return format.language(value) || given || t('common.unknown');
    if (name === 'category') {
      const label = labels.find((one) => one.name === value);
      return label ? format.category(label) : given || value || t('search.unsure');
    }
    if (name === 'format') return (given || value).toUpperCase();
    if (name === 'collection') {
      return given || data?.items.find((c) => String(c.id) === value)?.name || value;
    }
    return given || value;
  };
}

interface Props {
  facets: Partial<Values> | undefined;
  filter: SearchFilter;
  onChange: (name: FacetName, value: string | undefined) => void;
}

export function Facets({ facets, filter, onChange }: Props) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const labelOf = useFacetLabel(facets);
  return (
    <div className={classes.facets}>
      {FACETS.map((name) => {
        const values = (facets?.[name] ?? []).filter((one) => String(one.value) !== '');
        if (values.length === 0) return null;
        return (
          <section key={name} aria-label={t(`search.facet.${name}`)}>
            <h2 className={classes.facetTitle}>{t(`search.facet.${name}`)}</h2>
            <ul className={classes.facetList}>
              {values.map((one) => {
                const value = String(one.value);
                const active = chosenValues(filter[name]).includes(value);
                return (
                  <li key={value}>
                    <button
                      type="button"
                      className={classes.facet}
                      aria-pressed={active}
                      onClick={() => onChange(name, toggled(filter[name], value))}
                    >
                      <span className="ellipsis">{labelOf(name, value)}</span>
                      <span className={`${classes.facetCount} tabular`}>{number(one.count)}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

export function FilterChips({ facets, filter, onChange }: Props) {
  const { t } = useTranslation();
  const labelOf = useFacetLabel(facets);
  const active = FACETS.flatMap((name) =>
    chosenValues(filter[name]).map((value) => ({ name, value })),
  );
  if (active.length === 0) return null;
  return (
    <div className={classes.chips}>
      {active.map(({ name, value }) => {
        const label = labelOf(name, value);
        return (
          <span key={`${name}-${value}`} className={classes.chip}>
            {label}
            <ActionIcon
              size={24}
              variant="transparent"
              color="gray"
              aria-label={t('search.removeFilter', { label })}
              onClick={() => onChange(name, toggled(filter[name], value))}
            >
              <IconX size={14} />
            </ActionIcon>
          </span>
        );
      })}
      {active.length > 1 && (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => {
            for (const name of FACETS) onChange(name, undefined);
          }}
        >
          {t('search.clearFilters')}
        </Button>
      )}
    </div>
  );
}
