/** One version: may it serve and why, how good it is, what it was made of. */
import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronLeft, IconRosetteDiscountCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getModel, judgeModel, type ModelDetail, promoteModel } from '~/api/loop';
import { notifyDone, notifyError, sentenceOf } from '~/components/problem';
import { Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { ExportPart } from '~/features/models/ExportPart';
import { useFigures } from '~/features/models/figures';
import { GatePart } from '~/features/models/GatePart';
import classes from '~/features/models/Loop.module.css';
import { useIsEngineer } from '~/features/models/LoopHeading';
import { Markdown } from '~/features/models/Markdown';
import { Aliases } from '~/features/models/ModelsPage';
import { Facts, Part } from '~/features/models/Part';
import { ReportParts } from '~/features/models/ReportParts';
import { methodOf, taskOf } from '~/features/trainings/queries';

export function ModelPage() {
  const { t } = useTranslation('loop');
  const { name } = useParams({ from: '/app/models/$name' });
  useTitle(name);
  const { data, error, refetch } = useQuery({
    queryKey: ['models', 'one', name],
    queryFn: () => getModel(name),
  });
  return (
    <div className={classes.screen}>
      <Link to="/models" className={classes.back}>
        <IconChevronLeft size={15} aria-hidden="true" />
        {t('models')}
      </Link>
      {data ? (
        <Shown model={data} />
      ) : error ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading rows={4} height={80} />
      )}
    </div>
  );
}

function Shown({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const engineer = useIsEngineer();
  return (
    <>
      <div className={classes.top}>
        <h1 className={classes.heading}>{model.name}</h1>
        <Aliases model={model} />
        <div className={classes.right}>{engineer && <Actions model={model} />}</div>
      </div>
      <p className={`${classes.lead} tabular`}>
        {[t(`task.${taskOf(model)}`), model.taxonomy, t(`method.${methodOf(model)}`)]
          .concat(
            model.base ? t('model.base', { name: model.base }) : [],
            figures.dateTime(model.created_at),
          )
          .filter(Boolean)
          .join(' · ')}
        {' · '}
        {model.training === null ? (
          t('model.importedBy')
        ) : engineer ? (
          <Link to="/trainings/$id" params={{ id: String(model.training) }}>
            {t('model.madeBy', { id: model.training })}
          </Link>
        ) : (
          t('model.madeBy', { id: model.training })
        )}
      </p>
      <GatePart model={model} />
      <Metrics model={model} />
      <ReportParts model={model} />
      <ExportPart model={model} />
      <Part title={t('model.card')}>
        {model.card ? (
          <div className={classes.card}>
            <Markdown text={model.card} />
          </div>
        ) : (
          <p className={classes.lead}>{t('model.noCard')}</p>
        )}
      </Part>
    </>
  );
}

function Actions({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure();
  const judge = useMutation({
    mutationFn: () => judgeModel(model.name),
    onSuccess: () => notifyDone(t('model.judged')),
    onError: (error) => notifyError(error, common),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
  const promote = useMutation({
    mutationFn: () => promoteModel(model.name),
    onSuccess: () => {
      close();
      notifyDone(t('model.promoted', { name: model.name }));
    },
    onSettled: () => client.invalidateQueries(),
  });
  const leave = () => {
    close();
    promote.reset();
  };
  if (model.aliases.includes('champion')) return null;
  return (
    <>
      <Button size="xs" variant="default" loading={judge.isPending} onClick={() => judge.mutate()}>
        {t('model.judge')}
      </Button>
      <Button
        size="xs"
        leftSection={<IconRosetteDiscountCheck size={15} aria-hidden="true" />}
        onClick={open}
      >
        {t('model.promote')}
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={t('model.promoteTitle', { name: model.name })}
        closeButtonProps={{ 'aria-label': common('common.close') }}
      >
        <p className={classes.dialogText}>{t('model.promoteText')}</p>
        {promote.error && (
          <div className={classes.card} data-tone="bad" role="alert">
            <p>{sentenceOf(promote.error, common)}</p>
          </div>
        )}
        <div className={classes.buttons} style={{ marginTop: 12 }}>
          <Button loading={promote.isPending} onClick={() => promote.mutate()}>
            {t('model.promote')}
          </Button>
          <Button variant="default" onClick={leave}>
            {common('common.cancel')}
          </Button>
        </div>
      </Modal>
    </>
  );
}

const MEASURED = [
  'accuracy',
  'macro_f1',
  'rouge_l',
  'ece',
  'accepted_share',
  'accepted_precision',
  'agreement',
  'latency_ms',
  'peak_memory_mb',
  'documents',
  'train_seconds',
  'trainable_share',
] as const;
/** Shown even where nobody measured them, so that their absence is told. */
const ALWAYS: readonly string[] = ['latency_ms', 'peak_memory_mb'];

/**
 * A figure, unless it says nothing: of no accepted document none is right or wrong, and an export
 * has its source's figures, whose speed and memory are not its own.
 */
function measured(model: ModelDetail, name: string): number | undefined {
  const idle = name === 'accepted_precision' && model.metrics.accepted_share === 0;
  const foreign = model.exported_from !== null && ALWAYS.includes(name);
  return idle || foreign ? undefined : model.metrics[name];
}

function Metrics({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { macro_f1_low: low, macro_f1_high: high } = model.metrics;
  const shown = MEASURED.filter((name) => name in model.metrics || ALWAYS.includes(name));
  return (
    <Part title={t('model.report')}>
      <div className={classes.card}>
        <Facts
          items={[
            ...shown.map((name) => {
              const value = measured(model, name);
              return [
                t(`metric.${name}`),
                <span key={name}>
                  {value === undefined && ALWAYS.includes(name)
                    ? t('model.notMeasured')
                    : figures.metric(name, value)}
                  {name === 'macro_f1' && low !== undefined && high !== undefined && (
                    <small>
                      {t('model.interval', { low: figures.score(low), high: figures.score(high) })}
                    </small>
                  )}
                </span>,
              ] as const;
            }),
            [t('metric.size'), figures.mb(model.size_mb)] as const,
          ]}
        />
      </div>
    </Part>
  );
}
