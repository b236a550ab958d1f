/** Saying that the model is right, or better: its category and its summary. */
import { Button, Group, Modal, Textarea } from '@mantine/core';
import {
  IconArrowBackUp,
  IconCheck,
  IconPencil,
  IconRefresh,
  IconThumbUp,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { confirm, dropSummary, putSummary, takeBackCategory } from '~/api/curate';
import { getModels } from '~/api/loop';
import type { DocumentDetail, Summary } from '~/api/types';
import { notifyDone, notifyError } from '~/components/problem';
import classes from '~/features/document/Document.module.css';
import { useFormat } from '~/i18n/format';

const CONCERNED = ['document', 'documents', 'search', 'taxonomies', 'labels', 'models', 'review'];
const LONGEST = 20_000;

/** Say something about the document, tell that it was taken, and show what became of it. */
function useSay(call: () => Promise<unknown>, done: string, then?: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: async () => {
      await Promise.all(CONCERNED.map((key) => client.invalidateQueries({ queryKey: [key] })));
      notifyDone(done);
      then?.();
    },
    onError: (error) => notifyError(error, t),
  });
}

/** Who said it; trained versions lead to their page. */
export function Said({ name }: { name: string }) {
  const { t } = useTranslation('curate');
  const { data } = useQuery({
    queryKey: ['models', 'list'],
    queryFn: getModels,
    staleTime: 60_000,
  });
  const known = data?.items.some((one) => one.name === name);
  return (
    <span className={classes.said}>
      {known ? (
        <Link to="/models/$name" params={{ name }}>
          {t('document.model', { name })}
        </Link>
      ) : (
        t('document.model', { name })
      )}
    </span>
  );
}

export function Stale() {
  const { t } = useTranslation('curate');
  return (
    <p className={classes.staleNote}>
      {t('document.stale')} <Link to="/models">{t('document.models')}</Link>
    </p>
  );
}

export function CategoryActions({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const name = format.category(document.category);
  const right = useSay(() => confirm(document.id, 'category'), t('document.confirmed', { name }));
  const back = useSay(() => takeBackCategory(document.id), t('document.tookBack'));
  const { category, classification } = document;
  const byPerson = category?.source === 'person';
  if (byPerson && !classification?.model) return null;
  if (!byPerson && !name) return null;
  return (
    <div className={classes.actions}>
      {byPerson ? (
        <Button
          size="compact-sm"
          variant="default"
          loading={back.isPending}
          leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
          onClick={() => back.mutate()}
        >
          {t('document.takeBack')}
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          loading={right.isPending}
          leftSection={<IconCheck size={15} aria-hidden="true" />}
          onClick={() => right.mutate()}
        >
          {t('document.confirm')}
        </Button>
      )}
    </div>
  );
}

interface SummaryProps {
  document: DocumentDetail;
  summary: Summary;
}

export function SummaryActions({ document, summary }: SummaryProps) {
  const { t } = useTranslation('curate');
  const [editing, setEditing] = useState(false);
  const good = useSay(() => confirm(document.id, 'summary'), t('document.summaryConfirmed'));
  const again = useSay(() => dropSummary(document.id), t('document.summaryComing'));
  const byPerson = summary.source === 'person';
  return (
    <div className={classes.actions}>
      {!byPerson && (
        <Button
          size="compact-sm"
          variant="default"
          loading={good.isPending}
          disabled={good.isSuccess}
          leftSection={<IconThumbUp size={15} aria-hidden="true" />}
          onClick={() => good.mutate()}
        >
          {t('document.summaryGood')}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPencil size={15} aria-hidden="true" />}
        onClick={() => setEditing(true)}
      >
        {t('document.editSummary')}
      </Button>
      {byPerson && (
        <Button
          size="compact-sm"
          variant="default"
          loading={again.isPending}
          leftSection={<IconRefresh size={15} aria-hidden="true" />}
          onClick={() => again.mutate()}
        >
          {t('document.summaryAgain')}
        </Button>
      )}
      {editing && (
        <EditSummary document={document} summary={summary} onClose={() => setEditing(false)} />
      )}
    </div>
  );
}

function EditSummary({ document, summary, onClose }: SummaryProps & { onClose: () => void }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  // One sentence a line, so that those left alone are recognised and keep their sources.
  const [text, setText] = useState(summary.sentences.map((one) => one.text).join('\n'));
  const save = useSay(() => putSummary(document.id, text), t('document.summarySaved'), onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) save.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('document.summaryTitle')}
      closeButtonProps={{ 'aria-label': common('common.close') }}
    >
      <form onSubmit={submit}>
        <Textarea
          data-autofocus
          aria-label={t('document.summaryTitle')}
          description={t('document.summaryHint')}
          autosize
          minRows={6}
          maxRows={18}
          maxLength={LONGEST}
          lang={document.language ?? undefined}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {common('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!text.trim()}>
            {common('common.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
