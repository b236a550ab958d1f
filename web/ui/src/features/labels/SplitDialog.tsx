/** One label becomes several. */
import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Split, splitLabel } from '~/api/curate';
import type { Label } from '~/api/types';
import { ChangeFrame, type ChangeProps } from '~/features/labels/ChangeDialogs';
import { useChange } from '~/features/labels/changes';
import { EMPTY } from '~/features/labels/LabelDialog';
import classes from '~/features/labels/Labels.module.css';
import { Reach, useReach } from '~/features/labels/Reach';
import { keyOf, keyProblem } from '~/features/labels/tree';
import { useFormat } from '~/i18n/format';

const FEWEST = 2;

export function SplitDialog({ taxonomy, label, onClose }: ChangeProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const [parts, setParts] = useState<Label[]>([EMPTY, EMPTY]);
  const [heir, setHeir] = useState(0);
  const into = parts.map((one) => ({ ...one, name: one.name || keyOf(one.name_en) }));
  const others = taxonomy.labels.map((one) => one.name).filter((name) => name !== label.name);
  const problems = into.map((one, at) =>
    keyProblem(one.name, [...others, ...into.slice(0, at).map((each) => each.name)]),
  );
  const named = into.every((one) => one.name_zh.trim() && one.name_en.trim());
  const inherits = into[heir]?.name ?? '';
  const given: Split | null =
    named && problems.every((one) => one === null) ? { label: label.name, into, inherits } : null;
  const reach = useReach({
    given,
    of: [taxonomy.name, 'split'],
    ask: (wanted) => splitLabel(taxonomy.name, wanted, true),
  });
  const split = useChange(
    (wanted: Split) => splitLabel(taxonomy.name, wanted, false),
    () => t('change.splitDone', { name: format.category(label), count: parts.length }),
    onClose,
  );
  const put = (at: number, fields: Partial<Label>) =>
    setParts(parts.map((one, index) => (index === at ? { ...one, ...fields } : one)));
  const drop = (at: number) => {
    setParts(parts.filter((_, index) => index !== at));
    setHeir(0);
  };
  return (
    <ChangeFrame
      title={t('change.splitTitle', { name: format.category(label) })}
      action={t('change.splitDo')}
      ready={given !== null && reach.isSuccess}
      pending={split.isPending}
      onSubmit={() => given && split.mutate(given)}
      onClose={onClose}
    >
      <p className={classes.hint}>{t('change.splitText')}</p>
      {parts.map((part, at) => (
        <PartFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a part has no name but its place yet
          key={at}
          number={at + 1}
          part={part}
          problem={part.name_en && problems[at] ? t(`form.${problems[at]}`) : undefined}
          onChange={(fields) => put(at, fields)}
          onDrop={parts.length > FEWEST ? () => drop(at) : undefined}
        />
      ))}
      <div>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden="true" />}
          onClick={() => setParts([...parts, EMPTY])}
        >
          {t('change.splitAdd')}
        </Button>
      </div>
      <NativeSelect
        label={t('change.splitHeir')}
        value={String(heir)}
        onChange={(event) => setHeir(Number(event.currentTarget.value))}
        data={parts.map((part, at) => ({
          value: String(at),
          label: format.category(part) || t('change.splitPart', { number: at + 1 }),
        }))}
      />
      <Reach reach={reach} given={given} />
    </ChangeFrame>
  );
}

interface PartProps {
  number: number;
  part: Label;
  problem: string | undefined;
  onChange: (fields: Partial<Label>) => void;
  onDrop: (() => void) | undefined;
}

function PartFields({ number, part, problem, onChange, onDrop }: PartProps) {
  const { t } = useTranslation('curate');
  return (
    <fieldset className={classes.fieldset}>
      <legend>{t('change.splitPart', { number })}</legend>
      {onDrop && (
        <ActionIcon
          variant="subtle"
          color="gray"
          className={classes.drop}
          aria-label={t('change.splitDrop', { number })}
          onClick={onDrop}
        >
          <IconX size={16} />
        </ActionIcon>
      )}
      <div className={classes.triple}>
        <TextInput
          label={t('form.nameZh')}
          lang="zh-CN"
          maxLength={120}
          value={part.name_zh}
          onChange={(event) => onChange({ name_zh: event.currentTarget.value })}
        />
        <TextInput
          label={t('form.nameEn')}
          lang="en"
          maxLength={120}
          value={part.name_en}
          onChange={(event) => onChange({ name_en: event.currentTarget.value })}
        />
        <TextInput
          label={t('form.key')}
          error={problem}
          placeholder={keyOf(part.name_en)}
          value={part.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
      </div>
    </fieldset>
  );
}
