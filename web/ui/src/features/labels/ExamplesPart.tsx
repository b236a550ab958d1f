/** What models learn from: each example with who said it and what a model had said. */
import {
  ActionIcon,
  Button,
  FileButton,
  Modal,
  NativeSelect,
  Progress,
  Tooltip,
} from '@mantine/core';
import { IconBooks, IconDownload, IconTrash, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Example,
  type ExampleFilter,
  type ExamplesImported,
  examplesUrl,
  forgetExample,
  getExamples,
  importExamples,
} from '~/api/curate';
import type { Taxonomy } from '~/api/types';
import { notifyDone, notifyError } from '~/components/problem';
import { Empty, Failed, Loading } from '~/components/States';
import { useRefresh } from '~/features/labels/changes';
import classes from '~/features/labels/Labels.module.css';
import { useIsCurator } from '~/features/labels/taxonomies';
import { useIsEngineer } from '~/features/models/LoopHeading';
import { useLabelName } from '~/features/models/labels';
import { useFormat } from '~/i18n/format';

const PAGE = 50;
const ORIGINS = ['correction', 'confirmation', 'import'] as const;
const KINDS = ['label', 'summary'] as const;
type Origin = (typeof ORIGINS)[number];
type Kind = (typeof KINDS)[number];

export function ExamplesPart({ taxonomy }: { taxonomy: Taxonomy }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const [filter, setFilter] = useState<ExampleFilter & { kind: Kind }>({ kind: 'label' });
  const wanted = filter.kind === 'label' ? { ...filter, taxonomy: taxonomy.name } : filter;
  const found = useInfiniteQuery({
    queryKey: ['labels', 'examples', wanted],
    queryFn: ({ pageParam }) => getExamples(wanted, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Boolean(filter.label ?? filter.origin) || filter.kind === 'summary';
  return (
    <>
      <Bar taxonomy={taxonomy} filter={filter} onFilter={setFilter} />
      {found.error && !found.data ? (
        <Failed error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Loading rows={6} />
      ) : rows.length === 0 && filtered ? (
        <p className={classes.facts}>{t('examples.emptyFilter')}</p>
      ) : rows.length === 0 ? (
        <Empty
          icon={<IconBooks size={26} stroke={1.6} />}
          title={t('examples.empty')}
          text={t('examples.emptyText')}
        />
      ) : (
        <ul className={classes.rows} aria-label={t('tab.examples')}>
          {rows.map((example) => (
            <Row key={example.id} example={example} taxonomy={taxonomy} />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {common('common.more')}
        </Button>
      )}
    </>
  );
}

interface BarProps {
  taxonomy: Taxonomy;
  filter: ExampleFilter & { kind: Kind };
  onFilter: (filter: ExampleFilter & { kind: Kind }) => void;
}

function Bar({ taxonomy, filter, onFilter }: BarProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const engineer = useIsEngineer();
  const curator = useIsCurator();
  return (
    <div className={classes.filters}>
      <NativeSelect
        size="xs"
        aria-label={t('examples.kind')}
        value={filter.kind}
        onChange={(event) =>
          onFilter({ ...filter, kind: event.currentTarget.value as Kind, label: null })
        }
        data={KINDS.map((value) => ({ value, label: t(`examples.kinds.${value}`) }))}
      />
      {filter.kind === 'label' && (
        <NativeSelect
          size="xs"
          aria-label={t('examples.label')}
          value={filter.label ?? ''}
          onChange={(event) => onFilter({ ...filter, label: event.currentTarget.value || null })}
          data={[
            { value: '', label: t('examples.anyLabel') },
            ...taxonomy.labels.map((one) => ({ value: one.name, label: format.category(one) })),
          ]}
        />
      )}
      <NativeSelect
        size="xs"
        aria-label={t('examples.origin')}
        value={filter.origin ?? ''}
        onChange={(event) =>
          onFilter({ ...filter, origin: (event.currentTarget.value || null) as Origin | null })
        }
        data={[
          { value: '', label: t('examples.anyOrigin') },
          ...ORIGINS.map((value) => ({ value, label: t(`examples.origins.${value}`) })),
        ]}
      />
      <span className={classes.right}>
        {curator && (
          <Button
            component="a"
            href={examplesUrl(taxonomy.name)}
            download={`${taxonomy.name}.jsonl`}
            size="xs"
            variant="default"
            leftSection={<IconDownload size={15} aria-hidden="true" />}
          >
            {t('examples.exportFile')}
          </Button>
        )}
        {engineer && <Import taxonomy={taxonomy} />}
      </span>
    </div>
  );
}

function Row({ example, taxonomy }: { example: Example; taxonomy: Taxonomy }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const curator = useIsCurator();
  const labelName = useLabelName(taxonomy.name);
  const name = example.name || t('examples.text');
  const { model_said: said, label, summary } = example;
  const facts = [
    t(`examples.origins.${example.origin as Origin}`),
    example.by && t('examples.by', { name: example.by }),
    format.dateTime(example.at),
    label && said && said !== label && t('examples.said', { name: labelName(said) }),
    label && !said && example.model && t('examples.saidNothing'),
    example.split && t(`examples.split.${example.split as 'train'}`),
    example.collection,
  ];
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <span className={classes.exampleName}>
          {example.document === null ? (
            <span className="ellipsis">{name}</span>
          ) : (
            <Link to="/documents/$id" params={{ id: String(example.document) }}>
              {name}
            </Link>
          )}
        </span>
        {summary && <p className={classes.description}>{summary}</p>}
        <div className={`${classes.meta} tabular`}>{facts.filter(Boolean).join(' · ')}</div>
      </div>
      <strong className={classes.verdict}>
        {label ? labelName(label) : t('examples.summary')}
      </strong>
      {curator && <Forget id={example.id} name={name} />}
    </li>
  );
}

function Forget({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const refresh = useRefresh();
  const forget = useMutation({
    mutationFn: () => forgetExample(id),
    onSuccess: async () => {
      await refresh();
      notifyDone(t('examples.forgotten'));
    },
    onError: (error) => notifyError(error, common),
  });
  return (
    <Tooltip label={t('examples.forget')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        loading={forget.isPending}
        aria-label={t('examples.forgetOf', { name })}
        onClick={() => forget.mutate()}
      >
        <IconTrash size={17} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

const MOST_ROWS = 20;

function Import({ taxonomy }: { taxonomy: Taxonomy }) {
  const { t, i18n } = useTranslation('curate');
  const { t: common } = useTranslation();
  const refresh = useRefresh();
  const [found, setFound] = useState<ExamplesImported | null>(null);
  const [share, setShare] = useState(0);
  const take = useMutation({
    mutationFn: async (file: File) => importExamples(await file.text(), taxonomy.name, setShare),
    onSuccess: async (answer) => {
      setFound(answer);
      await refresh();
    },
    onError: (error) => notifyError(error, common),
    // What came in before a failure is there.
    onSettled: () => setShare(0),
  });
  return (
    <>
      {take.isPending && share > 0 && (
        <Progress
          w={120}
          size={6}
          my="auto"
          value={100 * share}
          aria-label={t('examples.importTitle')}
        />
      )}
      <FileButton accept=".jsonl,.ndjson,.json,.txt" onChange={(file) => file && take.mutate(file)}>
        {(props) => (
          <Tooltip label={t('examples.importHint')} multiline w={340}>
            <Button
              {...props}
              size="xs"
              variant="default"
              loading={take.isPending}
              leftSection={<IconUpload size={15} aria-hidden="true" />}
            >
              {t('examples.importFile')}
            </Button>
          </Tooltip>
        )}
      </FileButton>
      {found && (
        <Modal
          opened
          onClose={() => setFound(null)}
          title={t('examples.importTitle')}
          closeButtonProps={{ 'aria-label': common('common.close') }}
        >
          <p className="tabular">{t('examples.importDone', { ...found })}</p>
          {found.rows.length > 0 && (
            <ul className={classes.refused}>
              {found.rows.slice(0, MOST_ROWS).map((row) => (
                <li key={row.row}>
                  {t('examples.importRow', {
                    row: row.row,
                    reason: i18n.language === 'en' ? row.reason : row.reason_zh,
                  })}
                </li>
              ))}
            </ul>
          )}
          {found.refused > MOST_ROWS && (
            <p>{t('examples.importMore', { count: found.refused - MOST_ROWS })}</p>
          )}
        </Modal>
      )}
    </>
  );
}
