/** Categories as trees, what collections use, what was changed; and the examples beside them. */
import { Button, NativeSelect } from '@mantine/core';
import { IconTags } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getLabelCounts } from '~/api/loop';
import type { Taxonomy } from '~/api/types';
import { useSession } from '~/app/session';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { taxonomiesQuery } from '~/features/document/queries';
import { CurateHeading } from '~/features/labels/CurateHeading';
import { type Asking, Dialogs } from '~/features/labels/Dialogs';
import { ExamplesPart } from '~/features/labels/ExamplesPart';
import { FileMenu } from '~/features/labels/FileMenu';
import { HistoryPart } from '~/features/labels/HistoryPart';
import classes from '~/features/labels/Labels.module.css';
import { LabelTree } from '~/features/labels/LabelTree';
import { WishesPart } from '~/features/labels/WishesPart';

export function LabelsPage() {
  const { t } = useTranslation('curate');
  const params = useSearch({ from: '/app/labels' });
  const tab = params.show ?? 'labels';
  useTitle(t(`tab.${tab}`));
  const { data, error, refetch } = useQuery(taxonomiesQuery);
  const [asking, setAsking] = useState<Asking | null>(null);
  const admin = useSession().user?.role === 'admin';
  const taxonomies = data?.items ?? [];
  const shown = taxonomies.find((one) => one.name === params.taxonomy) ?? taxonomies[0];
  return (
    <div className={classes.screen}>
      <CurateHeading shown={tab} taxonomy={params.taxonomy}>
        {tab === 'labels' && (
          <FileMenu taxonomy={shown} mayChange={admin} onAsk={(kind) => setAsking({ kind })} />
        )}
        {tab === 'labels' && admin && shown && (
          <Button size="xs" onClick={() => setAsking({ kind: 'add', parent: null })}>
            {t('labels.add')}
          </Button>
        )}
      </CurateHeading>
      <p className={classes.lead}>{t(tab === 'labels' ? 'labels.lead' : 'examples.lead')}</p>
      {error && !data ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={6} />
      ) : !shown ? (
        <NoTaxonomy mayChange={admin} onAsk={setAsking} />
      ) : (
        <>
          <Choice taxonomies={taxonomies} shown={shown} />
          {tab === 'examples' ? (
            <ExamplesPart key={shown.name} taxonomy={shown} />
          ) : (
            <One key={shown.name} taxonomy={shown} onAsk={setAsking} />
          )}
        </>
      )}
      {tab === 'labels' && data && <WishesPart taxonomies={taxonomies} />}
      {asking && (
        <Dialogs
          asking={asking}
          taxonomy={shown}
          all={taxonomies}
          onAsk={setAsking}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}

interface NoneProps {
  mayChange: boolean;
  onAsk: (asking: Asking) => void;
}

function NoTaxonomy({ mayChange, onAsk }: NoneProps) {
  const { t } = useTranslation('curate');
  return (
    <Empty
      icon={<IconTags size={26} stroke={1.6} />}
      title={t('labels.noTaxonomy')}
      text={mayChange ? t('labels.noTaxonomyText') : undefined}
    >
      {mayChange && (
        <>
          <Button onClick={() => onAsk({ kind: 'new' })}>{t('labels.newTaxonomy')}</Button>
          <Button variant="default" onClick={() => onAsk({ kind: 'import' })}>
            {t('labels.import')}
          </Button>
        </>
      )}
    </Empty>
  );
}

/** Which taxonomy is shown; only where there are several. */
function Choice({ taxonomies, shown }: { taxonomies: Taxonomy[]; shown: Taxonomy }) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  if (taxonomies.length < 2) return null;
  return (
    <NativeSelect
      size="xs"
      mb="sm"
      maw={320}
      aria-label={t('labels.taxonomy')}
      value={shown.name}
      onChange={(event) =>
        void navigate({
          to: '/labels',
          search: (old) => ({ ...old, taxonomy: event.currentTarget.value }),
          replace: true,
        })
      }
      data={taxonomies.map((one) => one.name)}
    />
  );
}

function One({ taxonomy, onAsk }: { taxonomy: Taxonomy; onAsk: (asking: Asking) => void }) {
  const { t, i18n } = useTranslation('curate');
  const counts = useQuery({
    queryKey: ['labels', 'counts', taxonomy.name],
    queryFn: () => getLabelCounts(taxonomy.name),
  });
  const used = taxonomy.collections ?? [];
  const names = new Intl.ListFormat(i18n.language).format(used.map((one) => one.name));
  const { total = 0, since_last_training: since = 0 } = counts.data ?? {};
  return (
    <>
      <p className={`${classes.facts} tabular`}>
        {[
          t('labels.facts', { count: taxonomy.labels.length }),
          used.length > 0 ? t('labels.usedBy', { names }) : t('labels.usedByNone'),
          counts.data &&
            (total > 0 ? t('labels.learned', { count: total }) : t('labels.nobodyYet')),
          since > 0 && since < total && t('labels.since', { count: since }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <LabelTree
        taxonomy={taxonomy}
        examples={new Map((counts.data?.labels ?? []).map((one) => [one.label, one.total]))}
        onAsk={onAsk}
      />
      <HistoryPart taxonomy={taxonomy} />
    </>
  );
}
