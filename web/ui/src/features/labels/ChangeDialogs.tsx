/** Rename, merge and delete: what it concerns is shown first, and each can be undone. */
import { Button, Checkbox, Group, Modal, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mergeLabels, type Rename, removeLabel, renameLabel } from '~/api/curate';
import type { Label, Taxonomy } from '~/api/types';
import { useChange } from '~/features/labels/changes';
import { Names } from '~/features/labels/LabelDialog';
import classes from '~/features/labels/Labels.module.css';
import { Reach, useReach } from '~/features/labels/Reach';
import { keyProblem } from '~/features/labels/tree';
import { useFormat } from '~/i18n/format';

export interface ChangeProps {
  taxonomy: Taxonomy;
  label: Label;
  onClose: () => void;
}

interface FrameProps {
  title: string;
  action: string;
  ready: boolean;
  pending: boolean;
  danger?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog with one button that does it. */
export function ChangeFrame(props: FrameProps) {
  const { t: common } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (props.ready) props.onSubmit();
  };
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="lg"
      title={props.title}
      closeButtonProps={{ 'aria-label': common('common.close') }}
    >
      <form onSubmit={submit} noValidate className={classes.form}>
        {props.children}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {common('common.cancel')}
          </Button>
          <Button
            type="submit"
            disabled={!props.ready}
            loading={props.pending}
            color={props.danger ? 'red' : 'ink'}
          >
            {props.action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

export function RenameDialog({ taxonomy, label, onClose }: ChangeProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const [draft, setDraft] = useState(label);
  const taken = taxonomy.labels.map((one) => one.name).filter((name) => name !== label.name);
  const problem = keyProblem(draft.name, taken);
  const missing = (text: string) => (text.trim() ? undefined : t('form.required'));
  const valid = !problem && draft.name_zh.trim() && draft.name_en.trim();
  const given: Rename | null = valid
    ? {
        label: label.name,
        to: draft.name,
        name_zh: draft.name_zh.trim(),
        name_en: draft.name_en.trim(),
      }
    : null;
  const reach = useReach({
    given,
    of: [taxonomy.name, 'rename'],
    ask: (wanted) => renameLabel(taxonomy.name, wanted, true),
  });
  const rename = useChange(
    (wanted: Rename) => renameLabel(taxonomy.name, wanted, false),
    () => t('change.renamed', { name: format.category(draft) }),
    onClose,
  );
  return (
    <ChangeFrame
      title={t('change.renameTitle', { name: format.category(label) })}
      action={t('change.renameDo')}
      ready={given !== null}
      pending={rename.isPending}
      onSubmit={() => given && rename.mutate(given)}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('change.renameText')}</p>
      <Names
        draft={draft}
        missing={missing}
        onChange={(fields) => setDraft({ ...draft, ...fields })}
      />
      <TextInput
        label={t('form.key')}
        description={t('form.keyHint')}
        error={problem ? t(`form.${problem}`) : undefined}
        value={draft.name}
        onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
      />
      <Reach reach={reach} given={given} />
    </ChangeFrame>
  );
}

export function MergeDialog({ taxonomy, label, onClose }: ChangeProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const [chosen, setChosen] = useState<string[]>([label.name]);
  const [into, setInto] = useState('');
  const labels = chosen.filter((name) => name !== into);
  const given = into && labels.length > 0 ? { labels, into } : null;
  const reach = useReach({
    given,
    of: [taxonomy.name, 'merge'],
    ask: (wanted) => mergeLabels(taxonomy.name, wanted.labels, wanted.into, true),
  });
  const target = taxonomy.labels.find((one) => one.name === into);
  const merge = useChange(
    (wanted: { labels: string[]; into: string }) =>
      mergeLabels(taxonomy.name, wanted.labels, wanted.into, false),
    () => t('change.merged', { name: target ? format.category(target) : into }),
    onClose,
  );
  return (
    <ChangeFrame
      title={t('change.mergeTitle')}
      action={t('change.mergeDo')}
      ready={given !== null && reach.isSuccess}
      pending={merge.isPending}
      onSubmit={() => given && merge.mutate(given)}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('change.mergeText')}</p>
      <Checkbox.Group label={t('change.mergeWhich')} value={chosen} onChange={setChosen}>
        <div className={classes.checks}>
          {taxonomy.labels.map((one) => (
            <Checkbox
              key={one.name}
              value={one.name}
              label={format.category(one)}
              disabled={one.name === into}
            />
          ))}
        </div>
      </Checkbox.Group>
      <NativeSelect
        data-autofocus
        label={t('change.mergeInto')}
        value={into}
        onChange={(event) => setInto(event.currentTarget.value)}
        data={[
          { value: '', label: t('change.pick') },
          ...taxonomy.labels
            .filter((one) => !chosen.includes(one.name) || one.name === into)
            .map((one) => ({ value: one.name, label: format.category(one) })),
        ]}
      />
      <Reach reach={reach} given={given} />
    </ChangeFrame>
  );
}

export function RemoveDialog({
  taxonomy,
  label,
  onClose,
  onMerge,
}: ChangeProps & { onMerge: () => void }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const name = format.category(label);
  const given = { label: label.name };
  const reach = useReach({
    given,
    of: [taxonomy.name, 'remove'],
    ask: (wanted) => removeLabel(taxonomy.name, wanted.label, true),
  });
  const remove = useChange(
    () => removeLabel(taxonomy.name, label.name, false),
    () => t('change.removed', { name }),
    onClose,
  );
  const people = (reach.data?.documents_by_person ?? 0) + (reach.data?.examples ?? 0) > 0;
  return (
    <ChangeFrame
      title={t('change.removeTitle', { name })}
      action={t('change.removeDo')}
      ready={reach.isSuccess}
      pending={remove.isPending}
      danger
      onSubmit={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('change.removeText')}</p>
      <Reach reach={reach} given={given} />
      {people && (
        <div className={classes.reach} data-tone="warn">
          <p>{t('change.removePeople')}</p>
          <Button size="xs" variant="default" onClick={onMerge}>
            {t('change.removeInstead')}
          </Button>
        </div>
      )}
    </ChangeFrame>
  );
}
