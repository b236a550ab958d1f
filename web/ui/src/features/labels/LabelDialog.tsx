/** A label: names, descriptions, where it stands, and sample texts. */
import { ActionIcon, Button, Group, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { putTaxonomy } from '~/api/curate';
import type { Label, Taxonomy } from '~/api/types';
import { useChange } from '~/features/labels/changes';
import classes from '~/features/labels/Labels.module.css';
import { keyOf, keyProblem, withBelow, withLabel } from '~/features/labels/tree';
import { useFormat } from '~/i18n/format';

const MOST_EXAMPLES = 20;

export const EMPTY: Label = {
  name: '',
  name_zh: '',
  name_en: '',
  description_zh: '',
  description_en: '',
  parent: null,
  examples: [],
  documents: 0,
};

interface Props {
  taxonomy: Taxonomy;
  /** The label to edit; a new one without. */
  label?: Label;
  parent?: string | null;
  onClose: () => void;
}

export function LabelDialog({ taxonomy, label, parent = null, onClose }: Props) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const format = useFormat();
  const [draft, setDraft] = useState<Label>(label ?? { ...EMPTY, parent });
  const [tried, setTried] = useState(false);
  const set = (fields: Partial<Label>) => setDraft({ ...draft, ...fields });
  const name = label ? label.name : draft.name || keyOf(draft.name_en);
  const examples = (draft.examples ?? []).map((text) => text.trim()).filter(Boolean);
  const save = useChange(
    () => putTaxonomy(withLabel(taxonomy, { ...draft, name, examples })),
    () => t('form.saved'),
    onClose,
  );
  const taken = taxonomy.labels.map((one) => one.name);
  const problem = label ? null : keyProblem(name, taken);
  const missing = (text: string) => (tried && !text.trim() ? t('form.required') : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!problem && draft.name_zh.trim() && draft.name_en.trim()) save.mutate(undefined);
  };
  const under = label ? withBelow(taxonomy.labels, label.name) : new Set<string>();
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={label ? t('form.editTitle', { name: format.category(label) }) : t('form.addTitle')}
      closeButtonProps={{ 'aria-label': common('common.close') }}
    >
      <form onSubmit={submit} noValidate className={classes.form}>
        <Names draft={draft} missing={missing} onChange={set} />
        {!label && (
          <TextInput
            label={t('form.key')}
            description={t('form.keyHint')}
            error={tried && problem ? t(`form.${problem}`) : undefined}
            placeholder={keyOf(draft.name_en)}
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label={t('form.parent')}
          value={draft.parent ?? ''}
          onChange={(event) => set({ parent: event.currentTarget.value || null })}
          data={[
            { value: '', label: t('form.top') },
            ...taxonomy.labels
              .filter((one) => !under.has(one.name))
              .map((one) => ({ value: one.name, label: format.category(one) })),
          ]}
        />
        <Descriptions draft={draft} onChange={set} />
        <Samples texts={draft.examples ?? []} onChange={(texts) => set({ examples: texts })} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {common('common.save')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

interface FieldsProps {
  draft: Label;
  onChange: (fields: Partial<Label>) => void;
}

export function Names({
  draft,
  missing,
  onChange,
}: FieldsProps & { missing: (text: string) => string | undefined }) {
  const { t } = useTranslation('curate');
  return (
    <div className={classes.pair}>
      <TextInput
        data-autofocus
        label={t('form.nameZh')}
        lang="zh-CN"
        error={missing(draft.name_zh)}
        maxLength={120}
        value={draft.name_zh}
        onChange={(event) => onChange({ name_zh: event.currentTarget.value })}
      />
      <TextInput
        label={t('form.nameEn')}
        lang="en"
        error={missing(draft.name_en)}
        maxLength={120}
        value={draft.name_en}
        onChange={(event) => onChange({ name_en: event.currentTarget.value })}
      />
    </div>
  );
}

function Descriptions({ draft, onChange }: FieldsProps) {
  const { t } = useTranslation('curate');
  return (
    <>
      <Textarea
        label={t('form.descriptionZh')}
        description={t('form.descriptionHint')}
        lang="zh-CN"
        rows={3}
        maxLength={2000}
        value={draft.description_zh}
        onChange={(event) => onChange({ description_zh: event.currentTarget.value })}
      />
      <Textarea
        label={t('form.descriptionEn')}
        lang="en"
        rows={3}
        maxLength={2000}
        value={draft.description_en}
        onChange={(event) => onChange({ description_en: event.currentTarget.value })}
      />
    </>
  );
}

function Samples({ texts, onChange }: { texts: string[]; onChange: (texts: string[]) => void }) {
  const { t } = useTranslation('curate');
  const put = (at: number, text: string) =>
    onChange(texts.map((one, index) => (index === at ? text : one)));
  return (
    <fieldset className={classes.fieldset}>
      <legend>{t('form.examples')}</legend>
      <p className={classes.hint}>{t('form.examplesHint')}</p>
      {texts.map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text has no name but its place
        <div key={at} className={classes.sample}>
          <Textarea
            aria-label={t('form.example', { number: at + 1 })}
            autosize
            minRows={1}
            maxRows={6}
            value={text}
            onChange={(event) => put(at, event.currentTarget.value)}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('form.removeExample', { number: at + 1 })}
            onClick={() => onChange(texts.filter((_, index) => index !== at))}
          >
            <IconX size={16} />
          </ActionIcon>
        </div>
      ))}
      {texts.length < MOST_EXAMPLES && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden="true" />}
          onClick={() => onChange([...texts, ''])}
        >
          {t('form.addExample')}
        </Button>
      )}
    </fieldset>
  );
}
