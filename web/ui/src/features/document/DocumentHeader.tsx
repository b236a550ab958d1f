/** Title, category and what can be done with the document. */
import { ActionIcon, Button, Menu, Modal, TextInput, Tooltip } from '@mantine/core';
import {
  IconArrowLeft,
  IconDots,
  IconDownload,
  IconFolderSymlink,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { originalUrl, patchDocument } from '~/api/endpoints';
import type { DocumentDetail } from '~/api/types';
import { collectionsQuery } from '~/app/session';
import { FileIcon } from '~/components/FileIcon';
import { notifyDone, notifyError } from '~/components/problem';
import { StatusMark, StatusProgress } from '~/components/Status';
import { CategoryPicker } from '~/features/document/CategoryPicker';
import classes from '~/features/document/Document.module.css';
import { useAct } from '~/features/documents/actions';

/** Change a document and let every list know. */
export function usePatch(document: DocumentDetail) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Parameters<typeof patchDocument>[1]) => patchDocument(document.id, body),
    onSuccess: () =>
      Promise.all(
        ['document', 'documents', 'search', 'collections'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      ),
    onError: (error) => notifyError(error, t),
  });
}

export function DocumentHeader({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const router = useRouter();
  const back = () => {
    if (window.history.length > 1) router.history.back();
    else void router.navigate({ to: '/documents' });
  };
  return (
    <header className={classes.header}>
      <Tooltip label={t('common.back')}>
        <ActionIcon variant="subtle" color="gray" aria-label={t('common.back')} onClick={back}>
          <IconArrowLeft size={20} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <FileIcon format={document.format} />
      <div className={classes.titles}>
        <h1 className={`${classes.title} ellipsis`} lang={document.language ?? undefined}>
          {document.title || document.name}
        </h1>
        <div className={classes.subtitle}>
          <span className="ellipsis">
            {document.collection.name}
            {document.title && document.title !== document.name && ` / ${document.name}`}
          </span>
        </div>
      </div>
      <div className={classes.headerRight}>
        <span className={classes.state}>
          <StatusMark status={document.status} />
          <StatusProgress row={document} />
        </span>
        <CategoryPicker document={document} />
        <Button
          component="a"
          href={originalUrl(document.id)}
          download={document.name}
          variant="default"
          size="xs"
          className={classes.download}
          leftSection={<IconDownload size={15} aria-hidden="true" />}
        >
          {t('document.download')}
        </Button>
        <MoreMenu document={document} />
      </div>
    </header>
  );
}

function MoreMenu({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const act = useAct();
  const navigate = useNavigate();
  const patch = usePatch(document);
  const [renaming, setRenaming] = useState(false);
  const { data } = useQuery(collectionsQuery);
  const others = (data?.items ?? []).filter(
    (one) => one.may_write && one.id !== document.collection.id,
  );
  const move = (id: number, name: string) =>
    patch.mutate(
      { collection: id },
      { onSuccess: () => notifyDone(t('document.moved', { name })) },
    );
  const remove = async () => {
    const { done } = await act('delete', [document.id]);
    if (done.length > 0) await navigate({ to: '/documents' });
  };
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('common.actions')}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component="a"
            href={originalUrl(document.id)}
            download={document.name}
            leftSection={<IconDownload size={16} aria-hidden="true" />}
          >
            {t('document.download')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPencil size={16} aria-hidden="true" />}
            onClick={() => setRenaming(true)}
          >
            {t('document.rename')}
          </Menu.Item>
          {others.length > 0 && <Menu.Label>{t('document.moveTo')}</Menu.Label>}
          {others.slice(0, 8).map((one) => (
            <Menu.Item
              key={one.id}
              leftSection={<IconFolderSymlink size={16} aria-hidden="true" />}
              onClick={() => move(one.id, one.name)}
            >
              {one.name}
            </Menu.Item>
          ))}
          {!document.deleted_at && (
            <>
              <Menu.Divider />
              <Menu.Item
                c="var(--zk-bad)"
                leftSection={<IconTrash size={16} aria-hidden="true" />}
                onClick={() => void remove()}
              >
                {t('common.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {renaming && <Rename document={document} onClose={() => setRenaming(false)} />}
    </>
  );
}

function Rename({ document, onClose }: { document: DocumentDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const patch = usePatch(document);
  const [title, setTitle] = useState(document.title || document.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!title.trim()) return;
    patch.mutate(
      { title: title.trim() },
      {
        onSuccess: () => {
          notifyDone(t('document.titleSaved'));
          onClose();
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('document.rename')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit}>
        <TextInput
          data-autofocus
          label={t('document.title')}
          maxLength={255}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Button type="submit" mt="md" loading={patch.isPending} disabled={!title.trim()}>
          {t('common.save')}
        </Button>
      </form>
    </Modal>
  );
}
