/** The summary, each sentence with the pages it rests on; and the category with alternatives. */
import { Badge, Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail, Summary } from '~/api/types';
import { isMoving } from '~/components/Status';
import { CategoryActions, Said, Stale, SummaryActions } from '~/features/document/Curate';
import classes from '~/features/document/Document.module.css';
import { useMayWrite } from '~/features/labels/taxonomies';
import { useFormat } from '~/i18n/format';

interface Props {
  document: DocumentDetail;
  onPage: (page: number) => void;
}

export function SummaryPanel({ document, onPage }: Props) {
  return (
    <div className={classes.summaryPanel}>
      {document.summary ? (
        <SummaryText document={document} summary={document.summary} onPage={onPage} />
      ) : (
        <NoSummary document={document} />
      )}
      <Alternatives document={document} />
    </div>
  );
}

interface TextProps {
  document: DocumentDetail;
  summary: Summary;
  onPage: (page: number) => void;
}

function SummaryText({ document, summary, onPage }: TextProps) {
  const { t } = useTranslation();
  const { t: words } = useTranslation('curate');
  const may = useMayWrite(document.collection.id);
  const extractive = summary.kind === 'extractive';
  const byPerson = summary.source === 'person';
  const { windows_read: read, windows_total: total } = summary.coverage;
  return (
    <section>
      <div className={classes.kind}>
        <Tooltip
          multiline
          w={260}
          label={
            byPerson
              ? words('document.summaryByPersonHint')
              : extractive
                ? t('document.extractiveHint')
                : t('document.generatedHint')
          }
        >
          <Badge>
            {byPerson
              ? words('document.summaryByPerson')
              : extractive
                ? t('document.extractive')
                : t('document.generated')}
          </Badge>
        </Tooltip>
        {!byPerson && (
          <Text size="xs" c="dimmed" className="tabular">
            {t('document.coverage', { read, total })}
          </Text>
        )}
      </div>
      <div className={classes.sentences} lang={document.language ?? undefined}>
        {summary.sentences.map((sentence, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sentences never change order
          <p key={index}>
            {sentence.text}{' '}
            {[...new Set(sentence.sources.map((one) => one.page))].map((page) => (
              <button
                key={page}
                type="button"
                className={`${classes.source} tabular`}
                title={t('document.sourceOf', { page })}
                onClick={() => onPage(page)}
              >
                {t('document.source', { page })}
              </button>
            ))}
            {sentence.sources.length === 0 && !byPerson && (
              <span className={classes.unsupported}>{t('document.unsupported')}</span>
            )}
          </p>
        ))}
      </div>
      {!byPerson && (
        <Text size="xs" c="dimmed">
          <Said name={summary.model} />
        </Text>
      )}
      {may && <SummaryActions document={document} summary={summary} />}
    </section>
  );
}

function NoSummary({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const failed = document.stages.some((s) => s.stage === 'summarise' && s.state === 'failed');
  return (
    <section>
      <Text fw={560}>{t('document.noSummary')}</Text>
      <Text size="sm" c="dimmed">
        {failed && t('document.noSummaryFailed')}
        {!failed && isMoving(document.status) && t('document.noSummaryWaiting')}
      </Text>
    </section>
  );
}

const MOST = 4;

function Alternatives({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { t: words } = useTranslation('curate');
  const may = useMayWrite(document.collection.id);
  const { classification } = document;
  if (!classification) return null;
  const best = classification.probabilities.slice(0, MOST);
  const said = classification.probabilities.find((one) => one.name === classification.label);
  return (
    <section className={classes.alternatives}>
      <h2>{t('document.category')}</h2>
      <p className={classes.verdict}>
        <strong>{format.category(said ?? document.category) || t('document.unsure')}</strong>
        <span className={classes.verdictBy}>
          {classification.source === 'person'
            ? t('document.byPerson')
            : `${t('document.byModel')} · ${t('document.confidence', {
                percent: format.percent(classification.confidence),
              })}`}
        </span>
      </p>
      {!classification.label && classification.source === 'model' && (
        <p className={classes.verdictBy}>{t('document.unsureHint')}</p>
      )}
      {document.category?.stale && <Stale />}
      {classification.source === 'person' && classification.model && best.length > 0 && (
        <p className={classes.verdictBy}>
          {words('document.modelBefore', { name: classification.model })}
        </p>
      )}
      {best.length > 0 && (
        <ul className={classes.bars}>
          {best.map((one) => (
            <li key={one.name}>
              <span className="ellipsis">{format.category(one)}</span>
              <span className={classes.barTrack} aria-hidden="true">
                <span style={{ width: `${100 * one.probability}%` }} />
              </span>
              <span className={`${classes.barShare} tabular`}>
                {format.percent(one.probability)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {classification.source === 'model' && (
        <Text size="xs" c="dimmed">
          <Said name={classification.model} />
        </Text>
      )}
      {may && <CategoryActions document={document} />}
    </section>
  );
}
