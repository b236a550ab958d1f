/** The category with its confidence; a person's choice replaces the model's. */
import { Popover, TextInput, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconUserCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail, Label } from '~/api/types';
import { notifyDone } from '~/components/problem';
import classes from '~/features/document/Category.module.css';
import { usePatch } from '~/features/document/DocumentHeader';
import { matching, useMayWrite, useTaxonomyOf } from '~/features/labels/taxonomies';
import { useFormat } from '~/i18n/format';

export function CategoryPicker({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const { t: words } = useTranslation('curate');
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const { category } = document;
  const name = format.category(category);
  const said = !category ? t('document.notClassified') : name || t('document.unsure');
  const may = useMayWrite(document.collection.id);
  const shown = (
    <>
      <span className="visually-hidden">{t('document.category')}</span>
      <span className="ellipsis">{said}</span>
      {category?.source === 'person' && (
        <IconUserCheck size={15} aria-label={t('document.byPerson')} />
      )}
      {category && name && category.source === 'model' && (
        <span className={`${classes.share} tabular`}>{format.percent(category.confidence)}</span>
      )}
      {category?.stale && <span className={classes.stale}>{words('document.staleMark')}</span>}
    </>
  );
  const unsure = (category && !name) || undefined;
  if (!may) {
    return (
      <span className={classes.target} data-unsure={unsure} data-fixed>
        {shown}
      </span>
    );
  }
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={320}
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <UnstyledButton
          className={classes.target}
          data-unsure={unsure}
          title={t('document.choose')}
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          {shown}
          <IconChevronDown size={15} aria-hidden="true" />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <Choices document={document} onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ document, onDone }: { document: DocumentDetail; onDone: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const patch = usePatch(document);
  const [query, setQuery] = useState('');
  const labels = useTaxonomyOf(document.collection.id)?.labels ?? [];
  const chances = new Map(
    (document.classification?.probabilities ?? []).map((one) => [one.name, one.probability]),
  );
  const shown = matching(labels, query).sort(
    (a, b) => (chances.get(b.name) ?? 0) - (chances.get(a.name) ?? 0),
  );
  const choose = (label: Label | null) =>
    patch.mutate(
      { category: label?.name ?? null },
      {
        onSuccess: () => {
          notifyDone(
            label
              ? t('document.categorySaved', { name: format.category(label) })
              : t('document.categoryCleared'),
          );
          onDone();
        },
      },
    );
  const current = document.category?.name ?? null;
  return (
    <>
      {document.category && !current && <p className={classes.hint}>{t('document.unsureHint')}</p>}
      <TextInput
        data-autofocus
        size="xs"
        aria-label={t('document.findCategory')}
        placeholder={t('document.findCategory')}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <ul className={classes.list}>
        {shown.map((label) => {
          const chance = chances.get(label.name);
          return (
            <li key={label.name}>
              <button
                type="button"
                className={classes.choice}
                aria-pressed={label.name === current}
                disabled={patch.isPending}
                title={format.locale.startsWith('zh') ? label.description_zh : label.description_en}
                onClick={() => choose(label)}
              >
                <span className={classes.check}>
                  {label.name === current && <IconCheck size={15} aria-hidden="true" />}
                </span>
                <span className="ellipsis">{format.category(label)}</span>
                {chance !== undefined && (
                  <span className={`${classes.chance} tabular`}>
                    <span className={classes.meter} aria-hidden="true">
                      <span style={{ width: `${100 * chance}%` }} />
                    </span>
                    {format.percent(chance)}
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      {current && (
        <button
          type="button"
          className={classes.choice}
          disabled={patch.isPending}
          onClick={() => choose(null)}
        >
          <span className={classes.check} />
          {t('document.noCategory')}
        </button>
      )}
    </>
  );
}
