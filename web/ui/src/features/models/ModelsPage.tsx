/** The registry: who serves, every version, what is stale, what it costs, what it stands on. */
import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp, IconCube } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getModels, type Model, rollBack } from '~/api/loop';
import { notifyError } from '~/components/problem';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { Bases } from '~/features/models/Bases';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { LoopHeading, useIsEngineer } from '~/features/models/LoopHeading';
import { Part } from '~/features/models/Part';
import { Stale } from '~/features/models/Stale';
import { UsageTable } from '~/features/models/UsageTable';
import { methodOf, taskOf } from '~/features/trainings/queries';

type Alias = 'champion' | 'challenger' | 'previous';
type ModelState = 'candidate' | 'refused' | 'served' | 'archived';

export function ModelsPage() {
  const { t } = useTranslation('loop');
  useTitle(t('models'));
  const engineer = useIsEngineer();
  const models = useQuery({ queryKey: ['models', 'list'], queryFn: getModels });
  const rows = models.data?.items ?? [];
  return (
    <div className={classes.screen}>
      <LoopHeading shown="models" />
      <p className={classes.lead}>{t('model.lead')}</p>
      {models.error && !models.data ? (
        <Failed error={models.error} onRetry={() => void models.refetch()} />
      ) : !models.data ? (
        <Loading rows={4} height={60} />
      ) : rows.length === 0 ? (
        <Empty
          icon={<IconCube size={26} stroke={1.6} />}
          title={t('model.empty')}
          text={t('model.emptyText')}
        />
      ) : (
        groups(rows).map((group) => <Group key={group.key} group={group} engineer={engineer} />)
      )}
      <Stale engineer={engineer} />
      <UsageTable />
      {engineer && <Bases />}
    </div>
  );
}

interface Versions {
  key: string;
  models: [Model, ...Model[]];
}

/** Versions that compete: the same task, and for categories the same taxonomy. */
function groups(models: readonly Model[]): Versions[] {
  const found = new Map<string, Versions>();
  for (const model of models) {
    const key = `${model.task} ${model.taxonomy}`;
    const group = found.get(key);
    if (group) group.models.push(model);
    else found.set(key, { key, models: [model] });
  }
  return [...found.values()];
}

function Group({ group, engineer }: { group: Versions; engineer: boolean }) {
  const { t } = useTranslation('loop');
  const [first] = group.models;
  const champion = group.models.find((one) => one.aliases.includes('champion'));
  const title = [t(`task.${taskOf(first)}`), first.taxonomy].filter(Boolean).join(' · ');
  return (
    <Part
      title={title}
      lead={champion ? undefined : t('model.servingBuiltIn')}
      action={engineer && champion && <RollBack champion={champion} models={group.models} />}
    >
      <ul className={classes.rows} aria-label={title}>
        {group.models.map((model) => (
          <Row key={model.id} model={model} />
        ))}
      </ul>
    </Part>
  );
}

export function Aliases({ model }: { model: Pick<Model, 'aliases'> }) {
  const { t } = useTranslation('loop');
  return model.aliases.map((alias) => (
    <span key={alias} className={classes.mark} data-alias={alias}>
      {t(`alias.${alias as Alias}`)}
    </span>
  ));
}

function Row({ model }: { model: Model }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const metric = 'macro_f1' in model.metrics ? 'macro_f1' : 'rouge_l';
  const serves = model.aliases.includes('champion');
  const tone = model.state === 'refused' ? 'bad' : serves ? 'ok' : undefined;
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <span className={classes.rowTitle}>
          <Link to="/models/$name" params={{ name: model.name }}>
            {model.name}
          </Link>
          <Aliases model={model} />
        </span>
        <div className={`${classes.meta} tabular`}>
          {[
            t(`method.${methodOf(model)}`),
            model.method !== 'head' && model.base,
            model.created_by === 'schedule' ? t('training.schedule') : model.created_by,
            figures.dateTime(model.created_at),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      </div>
      <div className={classes.score}>
        <strong className="tabular">{figures.metric(metric, model.metrics[metric])}</strong>
        <span className={classes.meta}>{t(`metric.${metric}`)}</span>
      </div>
      <span className={classes.standing} data-tone={tone}>
        {!serves &&
          (model.gate ? t(`modelState.${model.state as ModelState}`) : t('model.notJudged'))}
      </span>
    </li>
  );
}

function RollBack({ champion, models }: { champion: Model; models: readonly Model[] }) {
  const { t } = useTranslation('loop');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure();
  const previous = models.find((one) => one.aliases.includes('previous'));
  const name = previous?.name ?? t('model.toBuiltIn');
  const back = useMutation({
    mutationFn: () => rollBack(taskOf(champion), champion.taxonomy),
    onSuccess: ({ gone, now, restored }) => {
      close();
      notifications.show({
        color: 'ink',
        autoClose: 12_000,
        message: t('model.rolledBack', {
          gone,
          now: now ?? t('model.toBuiltIn'),
          count: restored,
        }),
      });
    },
    onError: (error) => notifyError(error, common),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
        onClick={open}
      >
        {t('model.rollBack')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={
          champion.taxonomy
            ? t('model.rollBackTitle', { taxonomy: champion.taxonomy })
            : t('model.rollBackSummaries')
        }
        closeButtonProps={{ 'aria-label': common('common.close') }}
      >
        <p className={classes.dialogText}>{t('model.rollBackText', { name })}</p>
        <div className={classes.buttons}>
          <Button loading={back.isPending} onClick={() => back.mutate()}>
            {t('model.rollBack')}
          </Button>
          <Button variant="default" onClick={close}>
            {common('common.cancel')}
          </Button>
        </div>
      </Modal>
    </>
  );
}
