/** Fields that building now and building by a schedule share. */
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Flip } from '~/api/indexing';
import { collectionsQuery } from '~/app/session';

interface ScopeProps {
  value: number | null;
  onChange: (collection: number | null) => void;
}

export function ScopeField({ value, onChange }: ScopeProps) {
  const { t } = useTranslation('indexing');
  const { data } = useQuery(collectionsQuery);
  return (
    <NativeSelect
      label={t('scope')}
      description={t('scopeHint')}
      value={value ?? ''}
      onChange={(event) => onChange(Number(event.currentTarget.value) || null)}
      data={[
        { value: '', label: t('everything') },
        ...(data?.items ?? []).map((one) => ({ value: String(one.id), label: one.name })),
      ]}
    />
  );
}

interface FlipProps {
  value: Flip;
  onChange: (flip: Flip) => void;
  mt?: string;
}

export function FlipField({ value, onChange, mt }: FlipProps) {
  const { t } = useTranslation('indexing');
  return (
    <NativeSelect
      {...(mt ? { mt } : {})}
      label={t('flip')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Flip)}
      data={(['automatic', 'manual'] as const).map((each) => ({
        value: each,
        label: t(`flips.${each}`),
      }))}
    />
  );
}
