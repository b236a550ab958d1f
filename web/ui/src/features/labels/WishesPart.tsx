/** Which taxonomy each collection uses, and how its summaries shall read. */
import { Button, Modal, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getWishes, putWishes, type Wishes } from '~/api/curate';
import type { Collection, Taxonomy } from '~/api/types';
import { collectionsQuery } from '~/app/session';
import { notifyDone, notifyError } from '~/components/problem';
import { useRefresh } from '~/features/labels/changes';
import classes from '~/features/labels/Labels.module.css';
import { Part } from '~/features/models/Part';

const LENGTHS = ['line', 'abstract', 'points'] as const;
const LANGUAGES = ['document', 'zh', 'en'] as const;

export function WishesPart({ taxonomies }: { taxonomies: Taxonomy[] }) {
  const { t } = useTranslation('curate');
  const { data } = useQuery(collectionsQuery);
  const mine = (data?.items ?? []).filter((one) => one.may_manage);
  if (mine.length === 0) return null;
  return (
    <Part title={t('wishes.title')} lead={t('wishes.lead')}>
      <ul className={classes.rows} aria-label={t('wishes.title')}>
        {mine.map((one) => (
          <Row key={one.id} collection={one} taxonomies={taxonomies} />
        ))}
      </ul>
    </Part>
  );
}

function Row({ collection, taxonomies }: { collection: Collection; taxonomies: Taxonomy[] }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const refresh = useRefresh();
  const { id, name } = collection;
  const queryKey = ['labels', 'wishes', id];
  const { data } = useQuery({ queryKey, queryFn: () => getWishes(id) });
  const save = useMutation({
    mutationFn: (wishes: Wishes) => putWishes(id, wishes),
    onSuccess: async (wishes) => {
      client.setQueryData(queryKey, wishes);
      await refresh();
      notifyDone(t('wishes.saved', { name }));
    },
    onError: (error) => notifyError(error, common),
  });
  const first = taxonomies[0]?.name ?? '';
  const change = (part: Partial<Wishes>) => data && save.mutate({ ...data, ...part });
  const off = !data || save.isPending;
  const [asked, setAsked] = useState<Pick<Wishes, 'taxonomy'> | null>(null);
  return (
    <li className={classes.row}>
      <strong className={`${classes.rowMain} ellipsis`}>{name}</strong>
      <NativeSelect
        size="xs"
        w={220}
        disabled={off}
        aria-label={t('wishes.taxonomy', { name })}
        value={data?.taxonomy ?? ''}
        onChange={(event) => setAsked({ taxonomy: event.currentTarget.value || null })}
        data={[
          { value: '', label: t('wishes.default', { name: first }) },
          ...taxonomies.map((one) => one.name),
        ]}
      />
      <NativeSelect
        size="xs"
        w={120}
        disabled={off}
        aria-label={t('wishes.length', { name })}
        value={data?.summary_length ?? 'abstract'}
        onChange={(event) =>
          change({ summary_length: event.currentTarget.value as (typeof LENGTHS)[number] })
        }
        data={LENGTHS.map((value) => ({ value, label: t(`wishes.lengths.${value}`) }))}
      />
      <NativeSelect
        size="xs"
        w={150}
        disabled={off}
        aria-label={t('wishes.language', { name })}
        value={data?.summary_language ?? 'document'}
        onChange={(event) =>
          change({ summary_language: event.currentTarget.value as (typeof LANGUAGES)[number] })
        }
        data={LANGUAGES.map((value) => ({ value, label: t(`wishes.languages.${value}`) }))}
      />
      {asked && (
        <Modal
          opened
          onClose={() => setAsked(null)}
          title={t('wishes.taxonomy', { name })}
          closeButtonProps={{ 'aria-label': common('common.close') }}
        >
          <p className={classes.dialogText}>
            {t('wishes.change', { name, taxonomy: asked.taxonomy ?? first })}
          </p>
          <div className={classes.buttons}>
            <Button
              onClick={() => {
                change(asked);
                setAsked(null);
              }}
            >
              {t('wishes.do')}
            </Button>
            <Button variant="default" onClick={() => setAsked(null)}>
              {common('common.cancel')}
            </Button>
          </div>
        </Modal>
      )}
    </li>
  );
}
