/** One document: its pages with the places found, and what is known about it. */
import { ActionIcon, Alert, Button, Drawer, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconFileOff, IconLayoutSidebarRight, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail } from '~/api/types';
import { POLL_MS, useLive } from '~/app/events';
import { Empty, Failed, Loading } from '~/components/States';
import { isMoving } from '~/components/Status';
import { useTitle } from '~/components/useTitle';
import { decodeBoxes } from '~/features/document/boxes';
import { Details } from '~/features/document/Details';
import classes from '~/features/document/Document.module.css';
import { DocumentHeader } from '~/features/document/DocumentHeader';
import { PageText } from '~/features/document/PageText';
import { documentQuery } from '~/features/document/queries';
import { SummaryPanel } from '~/features/document/SummaryPanel';
import { Viewer, type ViewerHandle } from '~/features/document/Viewer';
import { useAct } from '~/features/documents/actions';

export function DocumentPage() {
  const { t } = useTranslation();
  const id = Number(useParams({ from: '/app/documents/$id' }).id);
  const live = useLive();
  const { data, error, refetch } = useQuery({
    ...documentQuery(id),
    refetchInterval: (query) =>
      !live && query.state.data && isMoving(query.state.data.status) ? POLL_MS : false,
  });
  useTitle(data?.title || data?.name || t('nav.documents'));
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <div className={classes.loading}>
        <Loading rows={8} height={56} />
      </div>
    );
  }
  return <Loaded key={data.id} document={data} />;
}

function Loaded({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const params = useSearch({ from: '/app/documents/$id' });
  const navigate = useNavigate();
  const viewer = useRef<ViewerHandle>(null);
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const [panel, setPanel] = useState(true);
  const [drawer, setDrawer] = useState(false);
  const [page, setPage] = useState(params.page ?? 1);
  const passage = useMemo(() => decodeBoxes(params.at), [params.at]);
  const goTo = (number: number) => {
    setDrawer(false);
    viewer.current?.goTo(number);
  };
  const change = (next: { q?: string | undefined; tab?: string | undefined }) =>
    void navigate({
      to: '/documents/$id',
      params: { id: String(document.id) },
      search: (old) => ({ ...old, ...next }),
      replace: true,
      resetScroll: false,
    });
  const side = (
    <Side
      document={document}
      tab={params.tab ?? 'summary'}
      page={page}
      query={params.q}
      onTab={(tab) => change({ tab: tab === 'summary' ? undefined : tab })}
      onPage={goTo}
    />
  );
  return (
    <div className={classes.screen} data-panel={(wide && panel) || undefined}>
      <DocumentHeader document={document} />
      <Notices document={document} />
      <section className={classes.viewer} aria-label={t('document.viewer')}>
        {document.page_list.length > 0 ? (
          <Viewer
            ref={viewer}
            document={document}
            start={params.page ?? 1}
            query={params.q}
            passage={passage}
            onPage={setPage}
            onFind={(q) => change({ q: q || undefined })}
            tools={
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('document.togglePanel')}
                aria-expanded={wide ? panel : drawer}
                onClick={() => (wide ? setPanel(!panel) : setDrawer(true))}
              >
                <IconLayoutSidebarRight size={19} stroke={1.7} />
              </ActionIcon>
            }
          />
        ) : (
          <Empty
            icon={<IconFileOff size={26} stroke={1.6} />}
            title={t('document.noPages')}
            text={isMoving(document.status) ? t('document.noPagesWaiting') : undefined}
          />
        )}
      </section>
      {wide && panel && <aside className={classes.panel}>{side}</aside>}
      {!wide && document.page_list.length === 0 && <div className={classes.panel}>{side}</div>}
      {!wide && (
        <Drawer
          opened={drawer}
          onClose={() => setDrawer(false)}
          position="bottom"
          size="80%"
          title={document.title || document.name}
          closeButtonProps={{ 'aria-label': t('common.close') }}
        >
          {side}
        </Drawer>
      )}
    </div>
  );
}

function Notices({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const act = useAct();
  const failed = document.status === 'failed';
  return (
    <div className={classes.notices}>
      {document.deleted_at && (
        <Alert color="orange" variant="light">
          <div className={classes.noticeLine}>
            {t('document.inTrash')}
            <Button size="compact-sm" onClick={() => void act('restore', [document.id])}>
              {t('common.restore')}
            </Button>
          </div>
        </Alert>
      )}
      {document.error && (
        <Alert
          color={failed ? 'red' : 'orange'}
          variant="light"
          title={failed ? t('document.failedTitle') : t('document.partialTitle')}
        >
          <div className={classes.noticeLine}>
            {document.error.message}
            {!document.deleted_at && (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconRefresh size={14} aria-hidden="true" />}
                onClick={() => void act('retry', [document.id])}
              >
                {t('common.retry')}
              </Button>
            )}
          </div>
        </Alert>
      )}
    </div>
  );
}

interface SideProps {
  document: DocumentDetail;
  tab: string;
  page: number;
  query: string | undefined;
  onTab: (tab: string) => void;
  onPage: (page: number) => void;
}

function Side({ document, tab, page, query, onTab, onPage }: SideProps) {
  const { t } = useTranslation();
  return (
    <Tabs value={tab} onChange={(next) => onTab(next ?? 'summary')} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="summary">{t('document.summary')}</Tabs.Tab>
        <Tabs.Tab value="text">{t('document.text')}</Tabs.Tab>
        <Tabs.Tab value="details">{t('document.details')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="summary" pt="md">
        <SummaryPanel document={document} onPage={onPage} />
      </Tabs.Panel>
      <Tabs.Panel value="text" pt="md">
        <p className={classes.textPage}>{t('document.pageLabel', { page })}</p>
        {document.page_list.length > 0 ? (
          <PageText document={document.id} page={page} query={query} lang={document.language} />
        ) : (
          t('document.noText')
        )}
      </Tabs.Panel>
      <Tabs.Panel value="details" pt="md">
        <Details document={document} />
      </Tabs.Panel>
    </Tabs>
  );
}
