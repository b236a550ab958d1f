/** What was changed in a taxonomy, and taking the newest change back. */
import { Button } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getVersions, type Version } from '~/api/curate';
import type { Taxonomy } from '~/api/types';
import { useSession } from '~/app/session';
import { Failed, Loading } from '~/components/States';
import { useActionName, useUndo } from '~/features/labels/changes';
import classes from '~/features/labels/Labels.module.css';
import { Part } from '~/features/models/Part';
import { useFormat } from '~/i18n/format';

const FIRST = 5;
export function HistoryPart({ taxonomy }: { taxonomy: Taxonomy }) {
  const { t } = useTranslation('curate');
  const admin = useSession().user?.role === 'admin';
  const [all, setAll] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['labels', 'versions', taxonomy.name],
    queryFn: () => getVersions(taxonomy.name),
  });
  const undo = useUndo(taxonomy.name);
  const rows = data?.items ?? [];
  // The oldest is how it began; it cannot be taken back.
  const last = rows.slice(0, -1).find((one) => !one.undone && one.action !== 'undo');
  return (
    <Part
      title={t('history.title')}
      action={
        admin &&
        last && (
          <Button
            size="xs"
            variant="default"
            loading={undo.isPending}
            leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
            onClick={() => undo.mutate()}
          >
            {t('labels.undo')}
          </Button>
        )
      }
    >
      {error ? (
        <Failed error={error} />
      ) : !data ? (
        <Loading rows={2} />
      ) : rows.length === 0 ? (
        <p className={classes.facts}>{t('history.empty')}</p>
      ) : (
        <ul className={classes.rows} aria-label={t('history.title')}>
          {rows.slice(0, all ? undefined : FIRST).map((one) => (
            <Row key={one.number} version={one} />
          ))}
        </ul>
      )}
      {!all && rows.length > FIRST && (
        <Button size="xs" variant="subtle" mt={6} onClick={() => setAll(true)}>
          {t('history.all', { count: rows.length })}
        </Button>
      )}
    </Part>
  );
}

function Row({ version }: { version: Version }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const actionName = useActionName();
  const { moved_documents: documents, moved_examples: examples } = version;
  return (
    <li className={classes.row} data-undone={version.undone || undefined}>
      <div className={classes.rowMain}>
        <span className={classes.action}>{actionName(version)}</span>
        <div className={`${classes.meta} tabular`}>
          {[
            t('history.number', { number: version.number }),
            version.undone && t('history.undone'),
            documents + examples > 0 && t('history.moved', { documents, examples }),
            version.by,
            format.dateTime(version.at),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      </div>
    </li>
  );
}
