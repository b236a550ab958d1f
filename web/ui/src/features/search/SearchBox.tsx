/** The one box: suggestions as you type, silent while an input method composes. */
import { ActionIcon, Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileText, IconSearch, IconX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { suggest } from '~/api/endpoints';
import type { Suggestion } from '~/api/types';
import classes from '~/features/search/SearchBox.module.css';

interface Props {
  query: string;
  busy: boolean;
  large: boolean;
  onSearch: (query: string) => void;
  /** Arrow down with no suggestion left: go on to the results. */
  onLeave: () => void;
}

const SETTLE_MS = 90;

export function SearchBox({ query, busy, large, onSearch, onLeave }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  const [composing, setComposing] = useState(false);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  useEffect(() => setText(query), [query]);
  useEffect(() => {
    if (window.matchMedia('(hover: hover)').matches) input.current?.focus();
  }, []);

  const suggestions = useSuggestions(text, open && !composing);
  const shown = open && suggestions.length > 0;

  const run = (value: string) => {
    setOpen(false);
    setChosen(-1);
    onSearch(value.trim());
  };
  const take = (suggestion: Suggestion) => {
    if (suggestion.kind === 'document' && suggestion.document) {
      setOpen(false);
      void navigate({ to: '/documents/$id', params: { id: String(suggestion.document) } });
      return;
    }
    setText(suggestion.text);
    run(suggestion.text);
  };
  const move = (step: number) => {
    const count = suggestions.length;
    setChosen(((chosen + step + count + 1 + 1) % (count + 1)) - 1);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) {
      if (event.key === 'Enter') event.preventDefault(); // Safari would submit the form
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (shown) move(event.key === 'ArrowDown' ? 1 : -1);
      else if (event.key === 'ArrowDown') onLeave();
    } else if (event.key === 'Escape') {
      if (shown) setOpen(false);
      else input.current?.blur();
      setChosen(-1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const suggestion = shown ? suggestions[chosen] : undefined;
      if (suggestion) take(suggestion);
      else run(text);
    }
  };

  return (
    <search className={classes.search} data-large={large || undefined}>
      <form
        className={classes.box}
        onSubmit={(event) => {
          event.preventDefault();
          if (!composing) run(text);
        }}
      >
        <span className={classes.lens} aria-hidden="true">
          {busy ? <Loader size={18} /> : <IconSearch size={20} stroke={1.8} />}
        </span>
        <input
          ref={input}
          data-search-box
          className={classes.input}
          type="text"
          role="combobox"
          aria-label={t('search.label')}
          aria-expanded={shown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={shown && chosen >= 0 ? `${listId}-${chosen}` : undefined}
          placeholder={t('search.placeholder')}
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setOpen(true);
            setChosen(-1);
          }}
          onCompositionStart={() => setComposing(true)}
          onCompositionEnd={() => setComposing(false)}
          onKeyDown={onKeyDown}
          onBlur={() => setOpen(false)}
        />
        {text && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('search.clear')}
            onClick={() => {
              setText('');
              setOpen(false);
              input.current?.focus();
            }}
          >
            <IconX size={18} />
          </ActionIcon>
        )}
        <button type="submit" className={classes.submit}>
          {t('search.submit')}
        </button>
      </form>
      <div
        id={listId}
        role="listbox"
        aria-label={t('search.suggestions')}
        className={classes.list}
        hidden={!shown}
      >
        {suggestions.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox input
          <div
            key={`${one.kind}-${one.document ?? one.text}`}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes.option}
            onMouseDown={(event) => event.preventDefault()}
            onMouseEnter={() => setChosen(index)}
            onClick={() => take(one)}
          >
            {one.kind === 'document' ? (
              <IconFileText size={16} stroke={1.6} aria-hidden="true" />
            ) : (
              <IconSearch size={16} stroke={1.6} aria-hidden="true" />
            )}
            <span className="ellipsis">{one.text}</span>
            <span className={classes.kind}>
              {one.kind === 'document' ? t('search.suggestDocument') : t('search.suggestTerm')}
            </span>
          </div>
        ))}
      </div>
    </search>
  );
}

function useSuggestions(text: string, enabled: boolean): Suggestion[] {
  const [settled] = useDebouncedValue(text.trim(), SETTLE_MS);
  const { data } = useQuery({
    queryKey: ['suggest', settled],
    queryFn: ({ signal }) => suggest(settled, signal),
    enabled: enabled && settled.length > 0,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    retry: false, // a missing suggestion is no failure to tell of
  });
  return enabled && text.trim() ? (data?.items ?? []).slice(0, 8) : [];
}
