/** The categories: names and descriptions in both languages. */
import {
  ActionIcon,
  Button,
  Group,
  Modal,
  Stack,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconPencil, IconPlus, IconTags } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { putTaxonomy } from '~/api/endpoints';
import type { Label, Taxonomy } from '~/api/types';
import { useSession } from '~/app/session';
import { notifyDone, notifyError } from '~/components/problem';
import { Empty, Failed, Loading } from '~/components/States';
import { taxonomiesQuery } from '~/features/document/queries';
import { Section } from '~/features/settings/Section';
import classes from '~/features/settings/Settings.module.css';
import { keyProblem, withLabel } from '~/features/settings/taxonomy';
import { useFormat } from '~/i18n/format';

const EMPTY: Label = {
  name: '',
  name_zh: '',
  name_en: '',
  description_zh: '',
  description_en: '',
  parent: null,
  documents: 0,
};

export function Taxonomies() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(taxonomiesQuery);
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={6} />;
  const taxonomy = data.items[0];
  if (!taxonomy) {
    return <Empty icon={<IconTags size={26} stroke={1.6} />} title={t('settings.noTaxonomy')} />;
  }
  return <Labels taxonomy={taxonomy} />;
}

function Labels({ taxonomy }: { taxonomy: Taxonomy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const admin = useSession().user?.role === 'admin';
  const [editing, setEditing] = useState<Label | null>(null);
  const chinese = format.locale.startsWith('zh');
  return (
    <Section
      title={t('settings.taxonomy')}
      lead={t('settings.taxonomyLead')}
      action={
        admin && (
          <Button
            size="xs"
            leftSection={<IconPlus size={15} aria-hidden="true" />}
            onClick={() => setEditing(EMPTY)}
          >
            {t('settings.addLabel')}
          </Button>
        )
      }
    >
      <ul className={classes.rows}>
        {taxonomy.labels.map((label) => (
          <li key={label.name} className={classes.row}>
            <div className={classes.rowMain}>
              <span className={classes.rowTitle}>
                {format.category(label)}
                <span className={classes.other} lang={chinese ? 'en' : 'zh-CN'}>
                  {chinese ? label.name_en : label.name_zh}
                </span>
              </span>
              <div className={classes.rowMeta}>
                {chinese ? label.description_zh : label.description_en}
              </div>
            </div>
            {label.documents > 0 && (
              <Link
                to="/documents"
                search={{ category: label.name }}
                className={`${classes.count} tabular`}
              >
                {t('settings.documents', { count: label.documents })}
              </Link>
            )}
            {admin && (
              <Tooltip label={t('common.edit')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('settings.editLabel', { name: format.category(label) })}
                  onClick={() => setEditing(label)}
                >
                  <IconPencil size={17} stroke={1.7} />
                </ActionIcon>
              </Tooltip>
            )}
          </li>
        ))}
      </ul>
      {editing && (
        <LabelDialog taxonomy={taxonomy} label={editing} onClose={() => setEditing(null)} />
      )}
    </Section>
  );
}

interface DialogProps {
  taxonomy: Taxonomy;
  label: Label;
  onClose: () => void;
}

function LabelDialog({ taxonomy, label, onClose }: DialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const fresh = label.name === '';
  const [draft, setDraft] = useState(label);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => putTaxonomy(withLabel(taxonomy, draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: taxonomiesQuery.queryKey });
      notifyDone(t('settings.taxonomySaved'));
      onClose();
    },
    onError: (error) => notifyError(error, t),
  });
  const problem = fresh ? keyProblem(draft.name, taxonomy) : null;
  const missing = (text: string) => (tried && !text.trim() ? t('settings.required') : undefined);
  const set = (fields: Partial<Label>) => setDraft({ ...draft, ...fields });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!problem && draft.name_zh.trim() && draft.name_en.trim()) save.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        fresh ? t('settings.newLabel') : t('settings.editLabel', { name: format.category(label) })
      }
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {fresh && (
            <TextInput
              data-autofocus
              label={t('settings.key')}
              description={t('settings.keyHint')}
              error={tried && problem ? t(`settings.${problem}`) : undefined}
              value={draft.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
          )}
          <Group grow align="flex-start">
            <TextInput
              label={t('settings.nameZh')}
              error={missing(draft.name_zh)}
              maxLength={120}
              value={draft.name_zh}
              onChange={(event) => set({ name_zh: event.currentTarget.value })}
            />
            <TextInput
              label={t('settings.nameEn')}
              error={missing(draft.name_en)}
              maxLength={120}
              value={draft.name_en}
              onChange={(event) => set({ name_en: event.currentTarget.value })}
            />
          </Group>
          <Textarea
            label={t('settings.descriptionZh')}
            rows={3}
            maxLength={2000}
            value={draft.description_zh}
            onChange={(event) => set({ description_zh: event.currentTarget.value })}
          />
          <Textarea
            label={t('settings.descriptionEn')}
            rows={3}
            maxLength={2000}
            value={draft.description_en}
            onChange={(event) => set({ description_en: event.currentTarget.value })}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
