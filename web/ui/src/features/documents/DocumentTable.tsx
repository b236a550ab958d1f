/** The rows, windowed: ten thousand documents cost as much as forty. */
import { ActionIcon, Button, Checkbox, Tooltip } from '@mantine/core';
import {
  IconArrowBackUp,
  IconChevronDown,
  IconChevronUp,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentRow } from '~/api/types';
import type { DocumentsParams } from '~/app/searchParams';
import { FileIcon } from '~/components/FileIcon';
import { StatusMark, StatusProgress } from '~/components/Status';
import { useAct } from '~/features/documents/actions';
import classes from '~/features/documents/Documents.module.css';
import { useFormat } from '~/i18n/format';

interface Props {
  rows: readonly DocumentRow[];
  params: DocumentsParams;
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
  onSort: (sort: NonNullable<DocumentsParams['sort']>) => void;
  total: number;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

const ROW = 45;

export function DocumentTable(props: Props) {
  const { rows, params, chosen, onChoose, onSort, total, hasMore, loadingMore, onMore } = props;
  const { t } = useTranslation();
  const { number } = useFormat();
  const anchor = useRef(-1);
  const { body, items, above, below, measure } = useRows(rows);

  const choose = (index: number, on: boolean, range: boolean) => {
    const next = new Set(chosen);
    const from = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
    const to = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
    for (const row of rows.slice(from, to + 1)) {
      if (on) next.add(row.id);
      else next.delete(row.id);
    }
    anchor.current = index;
    onChoose(next);
  };
  const all = rows.every((row) => chosen.has(row.id));

  return (
    <>
      <div className={classes.tableWrap}>
        <table
          className={classes.table}
          aria-label={t('documents.table')}
          aria-rowcount={total + 1}
        >
          <thead>
            <tr>
              <th className={classes.check} scope="col">
                <Checkbox
                  size="xs"
                  aria-label={t('documents.selectAll')}
                  checked={all}
                  indeterminate={!all && chosen.size > 0}
                  onChange={() => onChoose(all ? new Set() : new Set(rows.map((row) => row.id)))}
                />
              </th>
              <SortHeader params={params} field="name" first="name" onSort={onSort}>
                {t('documents.col.name')}
              </SortHeader>
              <th scope="col" className={classes.status}>
                {t('documents.col.status')}
              </th>
              <th scope="col" className={classes.category}>
                {t('documents.col.category')}
              </th>
              <th scope="col" className={classes.collection}>
                {t('documents.col.collection')}
              </th>
              <th scope="col" className={classes.pages}>
                {t('documents.col.pages')}
              </th>
              <SortHeader
                params={params}
                field="size"
                first="-size"
                className={classes.size}
                onSort={onSort}
              >
                {t('documents.col.size')}
              </SortHeader>
              <SortHeader
                params={params}
                field="created"
                first="-created"
                className={classes.when}
                onSort={onSort}
              >
                {params.trash ? t('documents.deletedAt') : t('documents.col.created')}
              </SortHeader>
              <th scope="col" className={classes.rowAction}>
                <span className="visually-hidden">{t('common.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody ref={body}>
            {above > 0 && <Spacer height={above} />}
            {items.map(({ index, row }) => (
              <Row
                key={row.id}
                row={row}
                index={index}
                measure={measure}
                trash={Boolean(params.trash)}
                chosen={chosen.has(row.id)}
                onChoose={(on, range) => choose(index, on, range)}
              />
            ))}
            {below > 0 && <Spacer height={below} />}
          </tbody>
        </table>
      </div>
      <div className={classes.foot}>
        <span className="tabular" role="status">
          {t('documents.shown', { shown: number(rows.length), total: number(total) })}
        </span>
        {hasMore && (
          <Button variant="default" size="xs" loading={loadingMore} onClick={onMore}>
            {t('common.more')}
          </Button>
        )}
      </div>
    </>
  );
}

interface SortProps {
  params: DocumentsParams;
  field: 'name' | 'size' | 'created';
  first: NonNullable<DocumentsParams['sort']>;
  className?: string | undefined;
  onSort: Props['onSort'];
  children: ReactNode;
}

function SortHeader({ params, field, first, className, onSort, children }: SortProps) {
  const sort = params.sort ?? '-created';
  const active = sort.replace('-', '') === field;
  const down = sort.startsWith('-');
  const next = active ? ((down ? field : `-${field}`) as typeof first) : first;
  const Icon = down ? IconChevronDown : IconChevronUp;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active ? (down ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" className={classes.sort} onClick={() => onSort(next)}>
        {children}
        {active && <Icon size={14} aria-hidden="true" />}
      </button>
    </th>
  );
}

/** Stands for the rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  return (
    <tr>
      <td colSpan={9} style={{ height, padding: 0 }} />
    </tr>
  );
}

function useRows(rows: readonly DocumentRow[]) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    if (body.current) setTop(body.current.getBoundingClientRect().top + window.scrollY);
  }, []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const shown = virtual.getVirtualItems();
  return {
    body,
    items: shown.flatMap(({ index }) => {
      const row = rows[index];
      return row ? [{ index, row }] : [];
    }),
    above: (shown[0]?.start ?? top) - top,
    below: virtual.getTotalSize() - ((shown.at(-1)?.end ?? top) - top),
    measure: virtual.measureElement,
  };
}

interface RowProps {
  row: DocumentRow;
  index: number;
  measure: (element: HTMLElement | null) => void;
  trash: boolean;
  chosen: boolean;
  onChoose: (on: boolean, range: boolean) => void;
}

function Row({ row, index, measure, trash, chosen, onChoose }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const shift = useRef(false);
  const category = row.category;
  return (
    <tr
      ref={measure}
      data-index={index}
      data-chosen={chosen || undefined}
      data-document={row.id}
      aria-rowindex={index + 2}
    >
      <td className={classes.check}>
        <Checkbox
          size="xs"
          aria-label={t('documents.select', { name: row.name })}
          checked={chosen}
          onClick={(event) => {
            shift.current = event.shiftKey;
          }}
          onChange={(event) => onChoose(event.currentTarget.checked, shift.current)}
        />
      </td>
      <td className={classes.nameCell}>
        <div className={classes.nameLine}>
          <FileIcon format={row.format} />
          <div className={classes.nameText}>
            <Link
              to="/documents/$id"
              params={{ id: String(row.id) }}
              className={`${classes.nameLink} ellipsis`}
              title={row.path ? `${row.path}/${row.name}` : row.name}
            >
              {row.name}
            </Link>
            {row.error && (
              <div className={`${classes.error} ellipsis`} title={row.error.message}>
                {row.error.message}
              </div>
            )}
          </div>
        </div>
      </td>
      <td className={classes.status}>
        <StatusMark status={row.status} />
        <StatusProgress row={row} />
      </td>
      <td className={classes.category}>
        {category ? (
          category.name ? (
            <div className="ellipsis" title={format.category(category)}>
              {format.category(category)}
            </div>
          ) : (
            <span className={classes.unsure}>{t('document.unsure')}</span>
          )
        ) : (
          <span className={classes.unsure}>–</span>
        )}
      </td>
      <td className={`${classes.collection} ellipsis`}>{row.collection.name}</td>
      <td className={`${classes.pages} tabular`}>
        {row.pages === null ? '–' : format.number(row.pages)}
      </td>
      <td className={`${classes.size} tabular`}>{format.bytes(row.size)}</td>
      <td className={classes.when}>
        <time dateTime={row.created_at} title={format.dateTime(row.created_at)}>
          {format.when((trash && row.deleted_at) || row.created_at)}
        </time>
      </td>
      <td className={classes.rowAction}>
        <RowAction row={row} trash={trash} />
      </td>
    </tr>
  );
}

function RowAction({ row, trash }: { row: DocumentRow; trash: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const button = (
    action: 'restore' | 'retry' | 'delete',
    label: string,
    Icon: typeof IconTrash,
  ) => (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${label}：${row.name}`}
        onClick={() => void act(action, [row.id])}
      >
        <Icon size={16} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <div className={classes.rowButtons}>
      {trash && button('restore', t('common.restore'), IconArrowBackUp)}
      {!trash && row.error && button('retry', t('common.retry'), IconRefresh)}
      {!trash && button('delete', t('common.delete'), IconTrash)}
    </div>
  );
}
