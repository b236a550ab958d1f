/** What no model was sure about, most uncertain first: decided by keys, one or many at a time. */
import { Button, Kbd, NativeSelect } from '@mantine/core';
import { IconArrowBackUp, IconCircleCheck, IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '~/app/keys';
import { useSingleKeys } from '~/app/preferences';
import { collectionsQuery } from '~/app/session';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { CurateHeading } from '~/features/labels/CurateHeading';
import { useTaxonomyOf } from '~/features/labels/taxonomies';
import { AutoNote } from '~/features/review/AutoNote';
import { Choices } from '~/features/review/Choices';
import { Evidence } from '~/features/review/Evidence';
import { Queue } from '~/features/review/Queue';
import classes from '~/features/review/Review.module.css';
import { type Review, useReview } from '~/features/review/useReview';
import { useFormat } from '~/i18n/format';

/** Decisions after which their agreement with the suggestions says something. */
const ENOUGH = 5;

export function ReviewPage() {
  const { t } = useTranslation('curate');
  useTitle(t('tab.review'));
  const { data } = useQuery(collectionsQuery);
  const mine = data?.items.filter((one) => one.may_write);
  return (
    <div className={classes.screen}>
      <CurateHeading shown="review">{mine && <Place collections={mine} />}</CurateHeading>
      <p className={classes.lead}>{t('review.lead')}</p>
      {!mine ? (
        <Loading rows={6} />
      ) : mine.length === 0 ? (
        <Empty
          icon={<IconLock size={26} stroke={1.6} />}
          title={t('review.noWrite')}
          text={t('review.noWriteText')}
        />
      ) : (
        <Body />
      )}
    </div>
  );
}

function Place({ collections }: { collections: { id: number; name: string }[] }) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  const { collection } = useSearch({ from: '/app/review' });
  if (collections.length < 2) return null;
  return (
    <NativeSelect
      size="xs"
      aria-label={t('review.collection')}
      value={collection ?? ''}
      onChange={(event) => {
        const chosen = Number(event.currentTarget.value);
        const search = chosen ? { collection: chosen } : {};
        void navigate({ to: '/review', search, replace: true });
      }}
      data={[
        { value: '', label: t('review.anyCollection') },
        ...collections.map((one) => ({ value: String(one.id), label: one.name })),
      ]}
    />
  );
}

function Body() {
  const { collection } = useSearch({ from: '/app/review' });
  return <Loaded key={collection ?? 0} collection={collection} />;
}

function Loaded({ collection }: { collection: number | undefined }) {
  const { t } = useTranslation('curate');
  const [proposal, setProposal] = useState('');
  const review = useReview(collection, proposal);
  const { found, items, shown, state, left } = review;
  if (found.error && !found.data) {
    return <Failed error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (!found.data) return <Loading rows={6} />;
  if (items.length === 0 && state.decided.length === 0) {
    return (
      <>
        <Empty
          icon={<IconCircleCheck size={26} stroke={1.6} />}
          title={t('review.empty')}
          text={t('review.emptyText')}
        />
        <AutoNote taxonomy={undefined} />
      </>
    );
  }
  return (
    <>
      <Progress review={review} />
      {left > 0 && (
        <div className={classes.grid}>
          <Queue review={review} proposal={proposal} onProposal={setProposal} />
          {review.current ? (
            <Current key={review.current.document.id} review={review} item={review.current} />
          ) : shown.length > 0 ? (
            <Empty
              icon={<IconCircleCheck size={26} stroke={1.6} />}
              title={t('review.skippedLeft', { count: shown.length })}
            >
              <Button onClick={() => review.take({ do: 'again' })}>{t('review.again')}</Button>
            </Empty>
          ) : null}
        </div>
      )}
      {left === 0 && (
        <Empty
          icon={<IconCircleCheck size={26} stroke={1.6} />}
          title={t('review.finished')}
          text={t('review.finishedText', { count: state.decided.length })}
        />
      )}
    </>
  );
}

/** How far one is, what was done last, and taking it back. */
function Progress({ review }: { review: Review }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const format = useFormat();
  const { state, left, said, undo, agreed } = review;
  const done = state.decided.length;
  useKeys({ u: () => void undo() });
  return (
    <div className={classes.progress}>
      <span className="tabular">
        {t('review.progress', { done, left })}
        {done >= ENOUGH && ` · ${t('review.agreed', { percent: format.percent(agreed / done) })}`}
      </span>
      <span className={classes.meter} aria-hidden="true">
        <span style={{ width: `${(100 * done) / Math.max(1, done + left)}%` }} />
      </span>
      <span className={`${classes.said} ellipsis`} role="status">
        {said}
      </span>
      {state.undo.length > 0 && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconArrowBackUp size={14} aria-hidden="true" />}
          rightSection={<Kbd size="xs">u</Kbd>}
          onClick={() => void undo()}
        >
          {common('common.undo')}
        </Button>
      )}
    </div>
  );
}

function Current({ review, item }: { review: Review; item: NonNullable<Review['current']> }) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  const heading = useRef<HTMLHeadingElement>(null);
  const { document } = item;
  const taxonomy = useTaxonomyOf(document.collection.id);
  const [weighed, setWeighed] = useState(item.probabilities[0]?.name ?? '');
  const { take, state } = review;
  // After a decision the keys must work at once, and the next document be announced.
  useEffect(() => {
    if (!globalThis.document.activeElement?.closest('[data-queue]')) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  const selected = state.selected.includes(document.id);
  useKeys({
    j: () => take({ do: 'move', by: 1 }),
    k: () => take({ do: 'move', by: -1 }),
    s: () => take({ do: 'skip' }),
    x: () => take({ do: 'select', ids: [document.id], on: !selected }),
    o: () => void navigate({ to: '/documents/$id', params: { id: String(document.id) } }),
  });
  return (
    <>
      <Evidence item={item} review={review} label={weighed} taxonomy={taxonomy} heading={heading} />
      <div className={classes.side}>
        <Choices
          item={item}
          taxonomy={taxonomy}
          weighed={weighed}
          onWeigh={setWeighed}
          onChoose={(label) => void review.decide([item], () => label)}
          onSkip={() => take({ do: 'skip' })}
        />
        <Keys />
        <AutoNote taxonomy={taxonomy?.name} />
      </div>
      <span className="visually-hidden" role="status">
        {t('review.position', {
          at: review.shown.indexOf(item) + 1,
          total: review.shown.length,
        })}
      </span>
    </>
  );
}

function Keys() {
  const { t } = useTranslation('curate');
  const on = useSingleKeys();
  if (!on) return <p className={classes.note}>{t('review.keysOff')}</p>;
  const keys: [string[], string][] = [
    [['Enter'], t('review.keyAccept')],
    [['1', '…', '5'], t('review.keyNth')],
    [['0'], t('review.keyNone')],
    [['c'], t('review.keyFind')],
    [['j', 'k'], t('review.keyMove')],
    [['s'], t('review.keySkip')],
    [['u'], t('review.keyUndo')],
    [['x'], t('review.keySelect')],
    [['o'], t('review.keyOpen')],
  ];
  return (
    <section className={classes.keys} aria-label={t('review.keys')}>
      {keys.map(([names, text]) => (
        <span key={text}>
          {names.map((name) => (name === '…' ? name : <Kbd key={name}>{name}</Kbd>))} {text}
        </span>
      ))}
    </section>
  );
}
