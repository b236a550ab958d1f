/** The summary, each sentence with the pages it rests on; and the category with alternatives. */
import { Badge, Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail, Summary } from '~/api/types';
import { isMoving } from '~/components/Status';
import classes from '~/features/document/Document.module.css';
import { useFormat } from '~/i18n/format';

interface Props {
  document: DocumentDetail;
  onPage: (page: number) => void;
}

export function SummaryPanel({ document, onPage }: Props) {
  return (
    <div className={classes.summaryPanel}>
      {document.summary ? (
        <SummaryText summary={document.summary} lang={document.language} onPage={onPage} />
      ) : (
        <NoSummary document={document} />
      )}
      <Alternatives document={document} />
    </div>
  );
}

interface TextProps {
  summary: Summary;
  lang: string | null;
  onPage: (page: number) => void;
}

function SummaryText({ summary, lang, onPage }: TextProps) {
  const { t } = useTranslation();
  const extractive = summary.kind === 'extractive';
  const { windows_read: read, windows_total: total } = summary.coverage;
  return (
    <section>
      <div className={classes.kind}>
        <Tooltip
          multiline
          w={260}
          label={extractive ? t('document.extractiveHint') : t('document.generatedHint')}
        >
          <Badge>{extractive ? t('document.extractive') : t('document.generated')}</Badge>
        </Tooltip>
        <Text size="xs" c="dimmed" className="tabular">
          {t('document.coverage', { read, total })}
        </Text>
      </div>
      <div className={classes.sentences} lang={lang ?? undefined}>
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
            {sentence.sources.length === 0 && (
              <span className={classes.unsupported}>{t('document.unsupported')}</span>
            )}
          </p>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {t('document.model', { name: summary.model })}
      </Text>
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
          {t('document.model', { name: classification.model })}
        </Text>
      )}
    </section>
  );
}
