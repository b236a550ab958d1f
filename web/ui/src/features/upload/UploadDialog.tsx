/** Choose where to and which files; dropping on the page does the same without this dialog. */
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { IconFolder, IconUpload } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '~/app/session';
import { fromFileList } from '~/features/upload/gather';
import classes from '~/features/upload/Upload.module.css';
import { useStartUpload, useUploadTarget } from '~/features/upload/useUpload';
import { useFormat } from '~/i18n/format';

interface Props {
  opened: boolean;
  onClose: () => void;
}

export function UploadDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('upload.open')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <UploadForm onStarted={onClose} />
    </Modal>
  );
}

interface FormProps {
  onStarted?: () => void;
  /** Another way to get documents in, beside the buttons. */
  children?: ReactNode;
}

export function UploadForm({ onStarted, children }: FormProps) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const { upload } = useSession();
  const { collections, collection, choose, loaded } = useUploadTarget();
  const start = useStartUpload(collection?.id);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null) => {
    if (!list?.length) return;
    start(fromFileList(list));
    onStarted?.();
  };
  if (loaded && !collection) return <Alert color="orange">{t('upload.noCollection')}</Alert>;
  return (
    <Stack gap="md">
      {collections.length > 1 && (
        <NativeSelect
          label={t('upload.to')}
          value={String(collection?.id ?? '')}
          onChange={(event) => choose(Number(event.currentTarget.value))}
          data={collections.map((c) => ({ value: String(c.id), label: c.name }))}
        />
      )}
      <div className={classes.zone}>
        <Group justify="center" gap="xs">
          <Button
            leftSection={<IconUpload size={16} aria-hidden="true" />}
            onClick={() => files.current?.click()}
          >
            {t('upload.chooseFiles')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconFolder size={16} aria-hidden="true" />}
            onClick={() => folder.current?.click()}
          >
            {t('upload.chooseFolder')}
          </Button>
          {children}
        </Group>
        <Text size="sm">{t('upload.hint')}</Text>
        <Text size="xs" c="dimmed">
          {t('upload.dropText')}
          <br />
          {t('upload.limit', {
            size: bytes(Math.min(upload.max_mb, upload.multipart_max_mb) * 1024 * 1024),
          })}
        </Text>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="upload-files"
        onChange={(event) => take(event.currentTarget.files)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        onChange={(event) => take(event.currentTarget.files)}
        {...{ webkitdirectory: '' }}
      />
    </Stack>
  );
}
