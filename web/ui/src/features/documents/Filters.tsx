/** The filters above the table; all of them live in the address. */
import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentPage, DocumentStatus } from '~/api/types';
import type { DocumentsParams } from '~/app/searchParams';
import { collectionsQuery } from '~/app/session';
import { taxonomiesQuery } from '~/features/document/queries';
import classes from '~/features/documents/Documents.module.css';
import { useFormat } from '~/i18n/format';

const STATUSES: readonly DocumentStatus[] = [
  'received',
  'parsing',
  'searchable',
  'enriching',
  'ready',
  'failed',
];
const FORMATS = [
  'pdf',
  'docx',
  'xlsx',
  'pptx',
  'txt',
  'md',
  'html',
  'csv',
  'eml',
  'png',
  'jpeg',
  'tiff',
];

interface Props {
  params: DocumentsParams;
  counts: DocumentPage['counts'] | undefined;
  onChange: (params: DocumentsParams) => void;
}

export function Filters({ params, counts, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: collections } = useQuery(collectionsQuery);
  const { data: taxonomies } = useQuery(taxonomiesQuery);
  const labels = taxonomies?.items.flatMap((one) => one.labels) ?? [];
  const set = (name: keyof DocumentsParams, value: string) => {
    const { [name]: _old, ...rest } = params;
    onChange(value ? { ...rest, [name]: name === 'collection' ? Number(value) : value } : rest);
  };
  const statusLabel = (status: DocumentStatus) => {
    const count = counts?.by_status[status];
    const name = t(`status.${status}`);
    return count === undefined ? name : `${name} (${format.number(count)})`;
  };
  return (
    <div className={classes.filters}>
      <NameFilter value={params.q ?? ''} onChange={(q) => set('q', q)} />
      {!params.trash && (
        <NativeSelect
          aria-label={t('documents.status')}
          value={params.status ?? ''}
          onChange={(event) => set('status', event.currentTarget.value)}
          data={[
            { value: '', label: t('documents.allStatus') },
            ...STATUSES.map((status) => ({ value: status, label: statusLabel(status) })),
          ]}
        />
      )}
      <NativeSelect
        aria-label={t('documents.collection')}
        value={String(params.collection ?? '')}
        onChange={(event) => set('collection', event.currentTarget.value)}
        data={[
          { value: '', label: t('documents.allCollections') },
          ...(collections?.items ?? []).map((c) => ({ value: String(c.id), label: c.name })),
        ]}
      />
      <NativeSelect
        aria-label={t('documents.category')}
        value={params.category ?? ''}
        onChange={(event) => set('category', event.currentTarget.value)}
        data={[
          { value: '', label: t('documents.allCategories') },
          { value: 'unsure', label: t('document.unsure') },
          ...labels.map((label) => ({ value: label.name, label: format.category(label) })),
        ]}
      />
      <NativeSelect
        aria-label={t('documents.format')}
        value={params.format ?? ''}
        onChange={(event) => set('format', event.currentTarget.value)}
        data={[
          { value: '', label: t('documents.allFormats') },
          ...FORMATS.map((name) => ({ value: name, label: name.toUpperCase() })),
        ]}
      />
    </div>
  );
}

function NameFilter({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const composing = useRef(false);
  const settle = useDebouncedCallback(onChange, 250);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      className={classes.name}
      aria-label={t('documents.filterName')}
      placeholder={t('documents.filterName')}
      leftSection={<IconFilter size={15} aria-hidden="true" />}
      value={text}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        settle(event.currentTarget.value.trim());
      }}
      onChange={(event) => {
        setText(event.currentTarget.value);
        if (!composing.current) settle(event.currentTarget.value.trim());
      }}
    />
  );
}
