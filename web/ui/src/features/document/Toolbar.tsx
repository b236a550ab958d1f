/** Page number, zoom, and find within the document. */
import { ActionIcon, Text, Tooltip } from '@mantine/core';
import {
  IconArrowAutofitWidth,
  IconChevronDown,
  IconChevronUp,
  IconLayoutSidebar,
  IconSearch,
  IconZoomIn,
  IconZoomOut,
} from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from '~/features/document/Viewer.module.css';
import { useFormat } from '~/i18n/format';

interface Find {
  ref: Ref<HTMLInputElement>;
  query: string;
  places: number;
  active: number;
  settled: boolean;
}

interface Props {
  page: number;
  pages: number;
  onPage: (page: number) => void;
  zoom: number;
  onZoom: (change: number) => void;
  onFit: () => void;
  thumbnails: boolean;
  onThumbnails: () => void;
  find: Find;
  onFind: (query: string) => void;
  onStep: (change: number) => void;
  tools: ReactNode;
}

export function Toolbar(props: Props) {
  const { page, pages, onPage, zoom, onZoom, onFit, find, onFind, onStep } = props;
  const { t } = useTranslation();
  const { percent } = useFormat();
  return (
    <div className={classes.toolbar}>
      <Tool
        label={t('document.toggleThumbnails')}
        pressed={props.thumbnails}
        className={classes.wideOnly}
        onClick={props.onThumbnails}
      >
        <IconLayoutSidebar size={19} stroke={1.7} />
      </Tool>
      <PageNumber page={page} pages={pages} onPage={onPage} />
      <span className={classes.group}>
        <Tool label={t('document.zoomOut')} onClick={() => onZoom(-1)}>
          <IconZoomOut size={19} stroke={1.7} />
        </Tool>
        <span className={`${classes.zoom} tabular`}>{percent(zoom)}</span>
        <Tool label={t('document.zoomIn')} onClick={() => onZoom(1)}>
          <IconZoomIn size={19} stroke={1.7} />
        </Tool>
        <Tool label={t('document.fitWidth')} className={classes.wideOnly} onClick={onFit}>
          <IconArrowAutofitWidth size={19} stroke={1.7} />
        </Tool>
      </span>
      <FindBox find={find} onFind={onFind} onStep={onStep} />
      {props.tools}
    </div>
  );
}

interface ToolProps {
  label: string;
  pressed?: boolean;
  className?: string | undefined;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Tool({ label, pressed, className, disabled, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        className={className ?? ''}
        aria-label={label}
        aria-pressed={pressed}
        disabled={disabled ?? false}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

interface PageProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

function PageNumber({ page, pages, onPage }: PageProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(String(page));
  useEffect(() => setText(String(page)), [page]);
  const go = () => {
    const wanted = Number(text);
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= pages) onPage(wanted);
    else setText(String(page));
  };
  return (
    <span className={classes.group}>
      <Tool
        label={t('document.previousPage')}
        disabled={page <= 1}
        className={classes.wideOnly}
        onClick={() => onPage(page - 1)}
      >
        <IconChevronUp size={19} stroke={1.7} />
      </Tool>
      <Tool
        label={t('document.nextPage')}
        disabled={page >= pages}
        className={classes.wideOnly}
        onClick={() => onPage(page + 1)}
      >
        <IconChevronDown size={19} stroke={1.7} />
      </Tool>
      <input
        className={`${classes.pageInput} tabular`}
        aria-label={t('document.pageNumber')}
        inputMode="numeric"
        value={text}
        size={Math.max(2, String(pages).length)}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && go()}
        onBlur={go}
      />
      <span className={`${classes.of} tabular`}>{t('document.ofPages', { total: pages })}</span>
    </span>
  );
}

interface FindProps {
  find: Find;
  onFind: (query: string) => void;
  onStep: (change: number) => void;
}

function FindBox({ find, onFind, onStep }: FindProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(find.query);
  useEffect(() => setText(find.query), [find.query]);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') {
      setText('');
      onFind('');
      event.currentTarget.blur();
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (text.trim() === find.query) onStep(event.shiftKey ? -1 : 1);
    else onFind(text.trim());
  };
  const said = () => {
    if (!find.query || !find.settled) return '';
    if (find.places === 0) return t('document.findNone');
    return find.active < 0
      ? t('document.findHits', { count: find.places })
      : t('document.findPosition', { index: find.active + 1, total: find.places });
  };
  return (
    <search className={classes.find}>
      <IconSearch size={16} stroke={1.7} aria-hidden="true" />
      <input
        ref={find.ref}
        data-search-box
        className={classes.findInput}
        aria-label={t('document.find')}
        placeholder={t('document.find')}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Text span size="xs" c="dimmed" className={`${classes.findSaid} tabular`} role="status">
        {said()}
      </Text>
      <Tool
        label={t('document.previousHit')}
        disabled={find.places === 0}
        onClick={() => onStep(-1)}
      >
        <IconChevronUp size={17} />
      </Tool>
      <Tool label={t('document.nextHit')} disabled={find.places === 0} onClick={() => onStep(1)}>
        <IconChevronDown size={17} />
      </Tool>
    </search>
  );
}
