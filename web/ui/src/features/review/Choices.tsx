/** The labels a document may get, the likeliest first; any other by typing. */
import { ActionIcon, Button, Kbd, TextInput, Tooltip } from '@mantine/core';
import { IconQuote } from '@tabler/icons-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Probability, ReviewItem } from '~/api/curate';
import type { CategoryName, Taxonomy } from '~/api/types';
import { useKeys } from '~/app/keys';
import { matching } from '~/features/labels/taxonomies';
import classes from '~/features/review/Review.module.css';
import { useFormat } from '~/i18n/format';

const NUMBERED = 5;

interface Props {
  item: ReviewItem;
  taxonomy: Taxonomy | undefined;
  /** The label whose passages are shown. */
  weighed: string;
  onWeigh: (label: string) => void;
  onChoose: (label: CategoryName | null) => void;
  onSkip: () => void;
}

export function Choices({ item, taxonomy, weighed, onWeigh, onChoose, onSkip }: Props) {
  const { t } = useTranslation('curate');
  const input = useRef<HTMLInputElement>(null);
  const best = item.probabilities.slice(0, NUMBERED);
  const nth = Object.fromEntries(best.map((label, at) => [String(at + 1), () => onChoose(label)]));
  useKeys({
    ...nth,
    ...(best[0] ? { Enter: () => onChoose(best[0] ?? null) } : {}),
    0: () => onChoose(null),
    c: () => input.current?.focus(),
  });
  return (
    <section className={classes.choices} aria-label={t('review.proposal')}>
      <ul>
        {best.map((label, at) => (
          <Candidate
            key={label.name}
            label={label}
            number={at + 1}
            weighed={label.name === weighed}
            onWeigh={() => onWeigh(label.name)}
            onChoose={() => onChoose(label)}
          />
        ))}
      </ul>
      <Others
        input={input}
        taxonomy={taxonomy}
        without={best.map((one) => one.name)}
        onChoose={onChoose}
      />
      <div className={classes.buttons}>
        <Button
          size="xs"
          variant="default"
          rightSection={<Kbd size="xs">0</Kbd>}
          onClick={() => onChoose(null)}
        >
          {t('review.none')}
        </Button>
        <Button size="xs" variant="default" rightSection={<Kbd size="xs">s</Kbd>} onClick={onSkip}>
          {t('review.skip')}
        </Button>
      </div>
    </section>
  );
}

interface CandidateProps {
  label: Probability;
  number: number;
  weighed: boolean;
  onWeigh: () => void;
  onChoose: () => void;
}

function Candidate({ label, number, weighed, onWeigh, onChoose }: CandidateProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const name = format.category(label);
  return (
    <li className={classes.candidate} data-first={number === 1 || undefined}>
      <button type="button" className={classes.choose} onClick={onChoose}>
        <Kbd size="xs" aria-hidden="true">
          {number}
        </Kbd>
        <span className="visually-hidden">{t('review.accept')} </span>
        <span className={classes.choiceName}>{name}</span>
        <span className={`${classes.share} tabular`}>{format.percent(label.probability)}</span>
        <span className={classes.bar} aria-hidden="true">
          <span style={{ width: `${100 * label.probability}%` }} />
        </span>
      </button>
      <Tooltip label={t('review.evidenceOf', { name })}>
        <ActionIcon
          variant={weighed ? 'light' : 'subtle'}
          color={weighed ? 'ink' : 'gray'}
          aria-label={t('review.evidenceOf', { name })}
          aria-pressed={weighed}
          onClick={onWeigh}
        >
          <IconQuote size={16} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

interface OthersProps {
  input: React.RefObject<HTMLInputElement | null>;
  taxonomy: Taxonomy | undefined;
  without: readonly string[];
  onChoose: (label: CategoryName) => void;
}

const SHOWN = 6;

/** Any label by a part of its name; the first that matches by Enter. */
function Others({ input, taxonomy, without, onChoose }: OthersProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const labels = taxonomy?.labels ?? [];
  const found = typed.trim()
    ? matching(labels, typed)
    : labels.filter((one) => !without.includes(one.name));
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') {
      setTyped('');
      event.currentTarget.blur();
    } else if (event.key === 'Enter' && typed.trim() && found[0]) {
      event.preventDefault();
      onChoose(found[0]);
    }
  };
  return (
    <div className={classes.others}>
      <TextInput
        ref={input}
        size="xs"
        aria-label={t('review.find')}
        placeholder={t('review.find')}
        rightSection={<Kbd size="xs">c</Kbd>}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {found.length > 0 ? (
        <ul>
          {found.slice(0, typed.trim() ? undefined : SHOWN).map((label, at) => (
            <li key={label.name}>
              <button
                type="button"
                className={classes.other}
                data-first={(at === 0 && typed.trim() !== '') || undefined}
                onClick={() => onChoose(label)}
              >
                {format.category(label)}
              </button>
            </li>
          ))}
        </ul>
      ) : (
        typed.trim() && <p className={classes.note}>{t('review.nothingFound')}</p>
      )}
    </div>
  );
}
