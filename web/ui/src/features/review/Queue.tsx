/** Who waits: where one stands, what is proposed, and deciding many at once. */
import { Button, Checkbox, NativeSelect } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReviewItem } from '~/api/curate';
import { useCommonTaxonomy } from '~/features/labels/taxonomies';
import { proposalOf, waiting } from '~/features/review/queue';
import classes from '~/features/review/Review.module.css';
import type { Review } from '~/features/review/useReview';
import { useFormat } from '~/i18n/format';

interface Props {
  review: Review;
  proposal: string;
  onProposal: (label: string) => void;
}

export function Queue({ review, proposal, onProposal }: Props) {
  const { t } = useTranslation('curate');
  const { shown, state, take } = review;
  const ids = shown.map((item) => item.document.id);
  const selected = ids.filter((id) => state.selected.includes(id));
  const all = selected.length === ids.length && ids.length > 0;
  return (
    <section className={classes.queue} aria-label={t('review.queue')} data-queue>
      <div className={classes.queueHead}>
        <Checkbox
          size="xs"
          aria-label={t('review.selectAll', { count: ids.length })}
          title={t('review.selectAll', { count: ids.length })}
          checked={all}
          indeterminate={!all && selected.length > 0}
          onChange={() => take({ do: 'select', ids, on: !all })}
        />
        <Proposals review={review} proposal={proposal} onProposal={onProposal} />
      </div>
      {selected.length > 0 && (
        <Bulk review={review} items={shown.filter((item) => selected.includes(item.document.id))} />
      )}
      <ol className={classes.list}>
        {shown.map((item) => (
          <Row key={item.document.id} item={item} review={review} />
        ))}
      </ol>
    </section>
  );
}

/** Only those with one suggestion, each with its count. */
function Proposals({ review, proposal, onProposal }: Props) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const counts = new Map<string, { label: string; count: number }>();
  for (const item of waiting(review.items, review.state, '')) {
    const best = proposalOf(item);
    if (!best) continue;
    const before = counts.get(best.name)?.count ?? 0;
    counts.set(best.name, { label: format.category(best), count: before + 1 });
  }
  const sorted = [...counts].sort(([, a], [, b]) => b.count - a.count);
  return (
    <NativeSelect
      size="xs"
      className={classes.proposals}
      aria-label={t('review.proposal')}
      value={counts.has(proposal) ? proposal : ''}
      onChange={(event) => onProposal(event.currentTarget.value)}
      data={[
        { value: '', label: t('review.anyProposal') },
        ...sorted.map(([value, { label, count }]) => ({ value, label: `${label} (${count})` })),
      ]}
    />
  );
}

function Bulk({ review, items }: { review: Review; items: ReviewItem[] }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const collections = [...new Set(items.map((item) => item.document.collection.id))];
  const taxonomy = useCommonTaxonomy(collections);
  const ids = items.map((item) => item.document.id);
  return (
    <section className={classes.bulk} aria-label={t('review.selected', { count: ids.length })}>
      <Button size="compact-sm" onClick={() => void review.accept(items)}>
        {t('review.acceptMany', { count: ids.length })}
      </Button>
      {taxonomy && (
        <NativeSelect
          size="xs"
          aria-label={t('review.setMany')}
          value=""
          onChange={(event) => {
            const label = taxonomy.labels.find((one) => one.name === event.currentTarget.value);
            if (label) void review.decide(items, () => label);
          }}
          data={[
            { value: '', label: t('review.setMany') },
            ...taxonomy.labels.map((one) => ({ value: one.name, label: format.category(one) })),
          ]}
        />
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        onClick={() => review.take({ do: 'select', ids, on: false })}
      >
        {t('review.clear')}
      </Button>
    </section>
  );
}

function Row({ item, review }: { item: ReviewItem; review: Review }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const row = useRef<HTMLLIElement>(null);
  const { document } = item;
  const { state, take, current } = review;
  const here = current?.document.id === document.id;
  const best = proposalOf(item);
  const name = document.title || document.name;
  useEffect(() => {
    if (!here || !row.current) return;
    // Within the list only: the page itself must not jump.
    const list = row.current.parentElement;
    const { offsetTop: top, offsetHeight: height } = row.current;
    if (!list) return;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) {
      list.scrollTop = top + height - list.clientHeight;
    }
  }, [here]);
  return (
    <li
      ref={row}
      className={classes.row}
      data-current={here || undefined}
      data-skipped={state.skipped.includes(document.id) || undefined}
    >
      <Checkbox
        size="xs"
        aria-label={t('review.select', { name })}
        checked={state.selected.includes(document.id)}
        onChange={(event) =>
          take({ do: 'select', ids: [document.id], on: event.currentTarget.checked })
        }
      />
      <button
        type="button"
        className={classes.rowButton}
        aria-current={here || undefined}
        title={document.name}
        onClick={() => take({ do: 'go', to: document.id })}
      >
        <span className="ellipsis" lang={document.language ?? undefined}>
          {name}
        </span>
        <span className={`${classes.rowMeta} tabular`}>
          {best ? (
            <>
              <span className="ellipsis">{format.category(best)}</span>
              {format.percent(best.probability)}
            </>
          ) : (
            t('review.noProposal')
          )}
        </span>
      </button>
    </li>
  );
}
