/** The list of uploads, docked at the corner; it stays while screens change. */
import { ActionIcon, Anchor, Button, Progress, Text } from '@mantine/core';
import {
  IconAlertCircle,
  IconCheck,
  IconChevronDown,
  IconChevronUp,
  IconCopyCheck,
  IconDownload,
  IconX,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FileIcon } from '~/components/FileIcon';
import { StatusMark } from '~/components/Status';
import { rejectsCsv, saveText } from '~/features/upload/rejects';
import { FINISHED, totalsOf, type Upload, uploadStore, useUploads } from '~/features/upload/store';
import classes from '~/features/upload/Upload.module.css';
import { useFormat } from '~/i18n/format';

export function UploadPanel() {
  const { t } = useTranslation();
  const uploads = useUploads();
  const [open, setOpen] = useState(true);
  const totals = totalsOf(uploads);
  const busy = totals.finished < totals.total;
  const numbers = {
    stored: totals.stored,
    duplicates: totals.duplicates,
    rejected: totals.rejected + totals.failed,
  };
  if (uploads.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={t('upload.panel')}>
      <header className={classes.head}>
        <div className={classes.headText}>
          <Text fw={600}>
            {busy
              ? t('upload.uploading', { count: totals.total - totals.finished })
              : t('upload.finished')}
          </Text>
          <Text size="xs" c="dimmed" className="tabular">
            {busy
              ? t('upload.overall', { done: totals.finished, total: totals.total })
              : t('upload.finishedWith', numbers)}
          </Text>
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-expanded={open}
          aria-label={open ? t('upload.minimise') : t('upload.expand')}
          onClick={() => setOpen(!open)}
        >
          {open ? <IconChevronDown size={18} /> : <IconChevronUp size={18} />}
        </ActionIcon>
        {!busy && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('common.close')}
            onClick={() => uploadStore.clearFinished()}
          >
            <IconX size={18} />
          </ActionIcon>
        )}
      </header>
      <Progress value={totals.percent} size={3} radius={0} aria-label={t('upload.progress')} />
      {open && <UploadList uploads={uploads} />}
      {open && <PanelActions uploads={uploads} busy={busy} />}
      <div className="visually-hidden" role="status">
        {busy ? '' : t('upload.announce', numbers)}
      </div>
    </section>
  );
}

function UploadList({ uploads }: { uploads: readonly Upload[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: uploads.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 48,
    getItemKey: (index) => uploads[index]?.key ?? index,
    overscan: 6,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div ref={scroller} className={classes.list} tabIndex={0} role="group">
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((row) => {
          const upload = uploads[row.index];
          return upload ? (
            <div
              key={row.key}
              ref={rows.measureElement}
              data-index={row.index}
              className={classes.row}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <UploadRow upload={upload} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

const ICONS: Partial<Record<Upload['state'], typeof IconCheck>> = {
  stored: IconCheck,
  duplicate: IconCopyCheck,
  rejected: IconAlertCircle,
  failed: IconAlertCircle,
};

function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const { bytes } = useFormat();
  const { file, state } = upload;
  const Icon = ICONS[state];
  const moving = !FINISHED.includes(state);
  const extension = file.name.includes('.') ? (file.name.split('.').pop() ?? '') : '';
  return (
    <>
      <FileIcon format={extension} />
      <div className={classes.rowText}>
        <div className={`${classes.rowName} ellipsis`} title={upload.path}>
          {file.name}
        </div>
        {moving ? (
          <div className={classes.rowMeta}>
            <Progress
              value={file.size ? (100 * upload.sent) / file.size : 0}
              size={4}
              className={classes.rowBar}
              aria-label={`${file.name}: ${t('upload.progress')}`}
            />
            <span className="tabular">
              {state === 'sending'
                ? `${bytes(upload.sent)} / ${bytes(file.size)}`
                : t(`upload.state.${state}`)}
            </span>
          </div>
        ) : (
          <Result upload={upload} />
        )}
      </div>
      {moving ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('upload.cancelOne', { name: file.name })}
          onClick={() => uploadStore.cancel(upload.key)}
        >
          <IconX size={16} />
        </ActionIcon>
      ) : (
        Icon && <Icon size={18} className={classes.icon} data-state={state} aria-hidden="true" />
      )}
    </>
  );
}

function Result({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const { document, state, status, reason, code } = upload;
  const said = reason || (code === 'network' ? t('upload.network') : '');
  return (
    <div className={classes.rowMeta}>
      {state === 'stored' && status ? (
        <StatusMark status={status} />
      ) : (
        <span className={classes.result} data-state={state}>
          {t(`upload.state.${state}`)}
          {said && `：${said}`}
        </span>
      )}
      {document !== null && (
        <Anchor component={Link} to={`/documents/${document}`} size="xs">
          {state === 'duplicate' ? t('upload.openExisting') : t('upload.openDocument')}
        </Anchor>
      )}
    </div>
  );
}

function PanelActions({ uploads, busy }: { uploads: readonly Upload[]; busy: boolean }) {
  const { t } = useTranslation();
  const totals = totalsOf(uploads);
  const save = () =>
    saveText(
      'zhiku-rejects.csv',
      rejectsCsv(uploads, [
        t('upload.csv.name'),
        t('upload.csv.path'),
        t('upload.csv.code'),
        t('upload.csv.reason'),
      ]),
      'text/csv;charset=utf-8',
    );
  if (!busy && totals.rejected + totals.failed === 0) return null;
  return (
    <footer className={classes.foot}>
      {totals.rejected + totals.failed > 0 && (
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconDownload size={14} aria-hidden="true" />}
          onClick={save}
        >
          {t('upload.downloadRejects')}
        </Button>
      )}
      {totals.failed > 0 && (
        <Button size="compact-xs" variant="subtle" onClick={() => uploadStore.retryFailed()}>
          {t('upload.retryFailed')}
        </Button>
      )}
      {busy && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          onClick={() => uploadStore.cancelAll()}
        >
          {t('upload.cancelAll')}
        </Button>
      )}
    </footer>
  );
}
