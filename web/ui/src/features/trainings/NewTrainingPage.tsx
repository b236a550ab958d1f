/** Start a training: what, how, from which examples; what it will cost is told before. */
import { Button, Checkbox, Code, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  estimateTraining,
  getLabelCounts,
  type Method,
  startTraining,
  type Task,
} from '~/api/loop';
import { notifyDone, sentenceOf } from '~/components/problem';
import { NotFound } from '~/components/RouteStates';
import { useTitle } from '~/components/useTitle';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useIsEngineer } from '~/features/models/LoopHeading';
import { useLabelName, useTaxonomies } from '~/features/models/labels';
import { Part, Wide } from '~/features/models/Part';
import { EstimateCard } from './EstimateCard';
import { basesQuery } from './queries';
import { changed, type Draft, FIRST, planOf, RECIPES, type Recipe, wrongFields } from './recipes';

const METHODS: readonly Method[] = ['head', 'lora', 'qlora', 'full'];
const TASKS: readonly Task[] = ['classifier', 'summariser'];
const PRECISIONS = ['0.9', '0.95', '0.98', '0.99'];

type Change = (change: Partial<Draft>) => void;

export function NewTrainingPage() {
  const { t } = useTranslation('loop');
  useTitle(t('training.new'));
  return useIsEngineer() ? <Form /> : <NotFound />;
}

function Form() {
  const { t } = useTranslation('loop');
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: taxonomies } = useTaxonomies();
  const [typed, setDraft] = useState<Draft>(FIRST);
  const draft = { ...typed, taxonomy: typed.taxonomy || taxonomies?.items[0]?.name || '' };
  const plan = planOf(draft);
  const identity = JSON.stringify(plan);
  const cost = useMutation({ mutationFn: () => estimateTraining(plan) });
  const [costOf, setCostOf] = useState('');
  const start = useMutation({
    mutationFn: () => startTraining(plan),
    onSuccess: async (training) => {
      notifyDone(t('training.started'));
      await client.invalidateQueries({ queryKey: ['trainings'] });
      await navigate({ to: '/trainings/$id', params: { id: String(training.id) } });
    },
  });
  const change: Change = (next) => {
    start.reset();
    setDraft((now) => changed({ ...now, taxonomy: draft.taxonomy }, next));
  };
  const known = costOf === identity && cost.data !== undefined;
  const wrong = wrongFields(draft);
  const failure = start.error ?? (costOf === identity ? cost.error : null);
  return (
    <div className={classes.screen}>
      <Link to="/trainings" className={classes.back}>
        <IconChevronLeft size={15} aria-hidden="true" />
        {t('trainings')}
      </Link>
      <h1 className={classes.heading}>{t('training.new')}</h1>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (known) start.mutate();
          else {
            setCostOf(identity);
            cost.mutate();
          }
        }}
      >
        <What
          draft={draft}
          change={change}
          names={taxonomies?.items.map((one) => one.name) ?? []}
        />
        {draft.method !== 'head' && <RecipeFields draft={draft} change={change} wrong={wrong} />}
        {draft.task === 'classifier' && (
          <div>
            <NativeSelect
              label={t('training.precision')}
              maw={320}
              value={draft.precision}
              onChange={(event) => change({ precision: event.currentTarget.value })}
              data={PRECISIONS.map((one) => ({ value: one, label: `${Number(one) * 100} %` }))}
            />
            <p className={classes.hint}>{t('training.precisionHint')}</p>
          </div>
        )}
        {draft.task === 'classifier' ? (
          draft.taxonomy && <Examples taxonomy={draft.taxonomy} />
        ) : (
          <p className={classes.hint}>{t('training.summariesHint')}</p>
        )}
        {known && cost.data && <EstimateCard cost={cost.data} taxonomy={draft.taxonomy} />}
        {failure && (
          <div className={classes.card} data-tone="bad" role="alert">
            <p>{sentenceOf(failure, common)}</p>
          </div>
        )}
        <div className={classes.buttons}>
          <Button
            type="submit"
            loading={cost.isPending || start.isPending}
            disabled={wrong.length > 0}
          >
            {known ? t('training.start') : t('training.estimate')}
          </Button>
          <span className={classes.meta} role="status">
            {cost.isPending ? t('training.estimating') : known ? '' : t('training.needEstimate')}
          </span>
        </div>
      </form>
    </div>
  );
}

function What({ draft, change, names }: { draft: Draft; change: Change; names: string[] }) {
  const { t } = useTranslation('loop');
  return (
    <>
      <fieldset className={classes.fieldset}>
        <legend className={classes.legendText}>{t('training.task')}</legend>
        <SegmentedControl
          aria-label={t('training.task')}
          value={draft.task}
          onChange={(task) => change({ task: task as Task })}
          data={TASKS.map((task) => ({ value: task, label: t(`task.${task}`) }))}
        />
      </fieldset>
      {draft.task === 'classifier' && (
        <NativeSelect
          label={t('training.taxonomy')}
          maw={320}
          value={draft.taxonomy}
          onChange={(event) => change({ taxonomy: event.currentTarget.value })}
          data={names}
        />
      )}
      <fieldset className={classes.fieldset}>
        <legend className={classes.legendText}>{t('training.method')}</legend>
        <SegmentedControl
          aria-label={t('training.method')}
          value={draft.method}
          onChange={(method) => change({ method: method as Method })}
          data={METHODS.map((method) => ({
            value: method,
            label: t(`method.${method}`),
            disabled: method === 'head' && draft.task === 'summariser',
          }))}
        />
        <p className={classes.hint}>{t(`methodHint.${draft.method}`)}</p>
      </fieldset>
    </>
  );
}

interface RecipeProps {
  draft: Draft;
  change: Change;
  wrong: readonly (keyof Draft)[];
}

function RecipeFields({ draft, change, wrong }: RecipeProps) {
  const { t } = useTranslation('loop');
  const { data: bases } = useQuery(basesQuery);
  const field = (name: 'learningRate' | 'epochs' | 'rank' | 'batch' | 'tokens') => (
    <TextInput
      label={t(`training.${name}`)}
      inputMode="decimal"
      value={draft[name]}
      error={wrong.includes(name)}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  );
  if (bases && bases.items.length === 0) {
    return (
      <div className={classes.card}>
        <p>
          <strong>{t('training.noBases')}</strong>
        </p>
        <p>{t('training.noBasesText')}</p>
        <code className={classes.command}>kb models pull deepseek-ai/deepseek-llm-7b-base</code>
      </div>
    );
  }
  const recipes: readonly Recipe[] = [...(Object.keys(RECIPES) as Recipe[]), 'own'];
  return (
    <>
      <NativeSelect
        label={t('training.base')}
        value={draft.base}
        onChange={(event) => change({ base: event.currentTarget.value })}
        data={[
          { value: '', label: t('training.chooseBase') },
          ...(bases?.items ?? []).map((base) => ({ value: base.name, label: base.name })),
        ]}
      />
      <NativeSelect
        label={t('training.recipe')}
        value={draft.recipe}
        onChange={(event) => change({ recipe: event.currentTarget.value as Recipe })}
        data={recipes.map((one) => ({ value: one, label: t(`training.recipes.${one}`) }))}
      />
      <div className={classes.fields}>
        {field('learningRate')}
        {field('epochs')}
        {field('batch')}
        {field('tokens')}
        {draft.method !== 'full' && field('rank')}
      </div>
      <Checkbox
        label={t('training.search')}
        checked={draft.search}
        onChange={(event) => change({ search: event.currentTarget.checked })}
      />
    </>
  );
}

function Examples({ taxonomy }: { taxonomy: string }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const name = useLabelName(taxonomy);
  const { data } = useQuery({
    queryKey: ['labels', 'counts', taxonomy],
    queryFn: () => getLabelCounts(taxonomy),
  });
  if (!data) return null;
  const splits = ['train', 'validation', 'test', 'unassigned'] as const;
  const rows = data.labels.filter((label) => label.total > 0);
  return (
    <Part
      title={t('training.examples')}
      lead={
        <>
          {t('training.examplesTotal', { count: data.total })}
          {data.since_last_training > 0 &&
            ` · ${t('training.since', { count: data.since_last_training })}`}
        </>
      }
    >
      {rows.length > 0 && (
        <Wide label={t('training.examples')}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('training.label')}</th>
                {splits.map((split) => (
                  <th key={split} scope="col">
                    {t(`split.${split}`)}
                  </th>
                ))}
                <th scope="col">{t('training.total')}</th>
              </tr>
            </thead>
            <tbody className="tabular">
              {rows.map((row) => (
                <tr key={row.label}>
                  <th scope="row">
                    {name(row.label)}{' '}
                    {name(row.label) !== row.label && (
                      <Code bg="transparent" c="dimmed">
                        {row.label}
                      </Code>
                    )}
                  </th>
                  {splits.map((split) => (
                    <td key={split}>{figures.number(row[split])}</td>
                  ))}
                  <td>{figures.number(row.total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Part>
  );
}
