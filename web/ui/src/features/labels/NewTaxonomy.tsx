/** A taxonomy from a handful of names. */
import { Textarea, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { putTaxonomy } from '~/api/curate';
import type { Taxonomy } from '~/api/types';
import { ChangeFrame } from '~/features/labels/ChangeDialogs';
import { useChange } from '~/features/labels/changes';
import { EMPTY } from '~/features/labels/LabelDialog';
import classes from '~/features/labels/Labels.module.css';
import { keyOf } from '~/features/labels/tree';

const FEWEST = 2;

interface Props {
  all: readonly Taxonomy[];
  onClose: () => void;
}

export function NewTaxonomy({ all, onClose }: Props) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [lines, setLines] = useState('');
  const taken = all.some((one) => one.name === name.trim());
  const labels = [
    ...new Map(
      lines
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => keyOf(line))
        .map((line) => [
          keyOf(line),
          { ...EMPTY, name: keyOf(line), name_zh: line, name_en: line },
        ]),
    ).values(),
  ];
  const create = useChange(
    (given: Taxonomy) => putTaxonomy(given),
    (given) => t('form.created', { name: given.name }),
    () => {
      onClose();
      void navigate({ to: '/labels', search: { taxonomy: name.trim() } });
    },
  );
  const few = lines.trim() !== '' && labels.length < FEWEST;
  return (
    <ChangeFrame
      title={t('form.newTitle')}
      action={t('form.create')}
      ready={name.trim() !== '' && !taken && labels.length >= FEWEST}
      pending={create.isPending}
      onSubmit={() => create.mutate({ name: name.trim(), labels })}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('form.newName')}
        maxLength={120}
        error={taken ? t('form.newTaken') : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label={t('form.newLabels')}
        description={t('form.newHint')}
        rows={6}
        error={few ? t('form.newFew') : undefined}
        value={lines}
        onChange={(event) => setLines(event.currentTarget.value)}
      />
      <p className={`${classes.hint} tabular`} role="status">
        {labels.length > 0 && t('labels.facts', { count: labels.length })}
      </p>
    </ChangeFrame>
  );
}
