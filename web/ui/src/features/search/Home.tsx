/** The first thing people see: the box, how much is in here, what came last. */
import { Anchor } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getDocuments } from '~/api/endpoints';
import type { DocumentRow } from '~/api/types';
import { FileIcon } from '~/components/FileIcon';
import { Wordmark } from '~/components/Logo';
import { Empty, Failed, Loading } from '~/components/States';
import { StatusMark } from '~/components/Status';
import classes from '~/features/search/Home.module.css';
import { SearchBox } from '~/features/search/SearchBox';
import { SampleOffer } from '~/features/upload/SampleOffer';
import { UploadForm } from '~/features/upload/UploadDialog';
import { useFormat } from '~/i18n/format';

const RECENT = 6;

export function Home({ onSearch }: { onSearch: (query: string) => void }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: ['documents', 'recent'],
    queryFn: async () => ({ pages: [await getDocuments({ sort: '-created' }, null, RECENT)] }),
  });
  const first = data?.pages[0];
  const total = first?.counts.total ?? 0;
  return (
    <div className={classes.home}>
      <h1 className={classes.brand}>
        <Wordmark size={44} />
      </h1>
      <SearchBox query="" busy={false} large onSearch={onSearch} onLeave={() => undefined} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && (
        <div className={classes.recent}>
          <Loading rows={4} height={40} />
        </div>
      )}
      {first && total > 0 && (
        <>
          <p className={classes.lead}>
            {t('search.homeLead', { count: total, number: number(total) })}
          </p>
          <Recent rows={first.items} />
        </>
      )}
      {first && total === 0 && (
        <div className={classes.empty}>
          <Empty
            icon={<IconFolderOpen size={26} stroke={1.6} />}
            title={t('search.homeEmptyTitle')}
            text={t('search.homeEmptyText')}
          />
          <UploadForm>
            <SampleOffer />
          </UploadForm>
        </div>
      )}
    </div>
  );
}

function Recent({ rows }: { rows: readonly DocumentRow[] }) {
  const { t } = useTranslation();
  const { when } = useFormat();
  return (
    <section className={classes.recent} aria-labelledby="recent">
      <div className={classes.recentHead}>
        <h2 id="recent">{t('search.recent')}</h2>
        <Anchor component={Link} to="/documents" size="sm">
          {t('search.recentAll')}
        </Anchor>
      </div>
      <ul className={classes.list}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link to="/documents/$id" params={{ id: String(row.id) }} className={classes.row}>
              <FileIcon format={row.format} />
              <span className={`${classes.name} ellipsis`} lang={row.language ?? undefined}>
                {row.title || row.name}
              </span>
              <StatusMark status={row.status} />
              <time dateTime={row.created_at} className={classes.when}>
                {when(row.created_at)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
