/** The labels of a taxonomy, those below indented, with what stands under each. */
import { ActionIcon, Menu } from '@mantine/core';
import {
  IconArrowsSplit2,
  IconCornerDownRight,
  IconCursorText,
  IconDots,
  IconGitMerge,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Label, Taxonomy } from '~/api/types';
import { useSession } from '~/app/session';
import type { Asking } from '~/features/labels/Dialogs';
import classes from '~/features/labels/Labels.module.css';
import { type Branch, treeOf } from '~/features/labels/tree';
import { useFormat } from '~/i18n/format';

interface Props {
  taxonomy: Taxonomy;
  /** Label -> examples by people. */
  examples: ReadonlyMap<string, number>;
  onAsk: (asking: Asking) => void;
}

export function LabelTree({ taxonomy, examples, onAsk }: Props) {
  const { t } = useTranslation('curate');
  return (
    <ul className={classes.tree} aria-label={t('labels.tree', { name: taxonomy.name })}>
      {treeOf(taxonomy.labels).map((branch) => (
        <Row
          key={branch.label.name}
          branch={branch}
          taxonomy={taxonomy}
          examples={examples}
          onAsk={onAsk}
        />
      ))}
    </ul>
  );
}

function Row({ branch, ...rest }: Props & { branch: Branch }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const admin = useSession().user?.role === 'admin';
  const { label, below } = branch;
  const chinese = format.locale.startsWith('zh');
  const other = chinese ? label.name_en : label.name_zh;
  const description = chinese ? label.description_zh : label.description_en;
  const people = rest.examples.get(label.name) ?? 0;
  return (
    <li>
      <div className={classes.label}>
        <div className={classes.rowMain}>
          <span className={classes.names}>
            <strong>{format.category(label)}</strong>
            {other !== format.category(label) && (
              <span className={classes.other} lang={chinese ? 'en' : 'zh-CN'}>
                {other}
              </span>
            )}
            <code className={classes.key}>{label.name}</code>
          </span>
          <p className={classes.description} data-missing={!description || undefined}>
            {description || t('labels.noDescription')}
          </p>
          {label.examples && label.examples.length > 0 && (
            <details className={classes.samples}>
              <summary>{t('labels.examples', { count: label.examples.length })}</summary>
              <ul>
                {label.examples.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
        <span className={`${classes.counts} tabular`}>
          {label.documents ? (
            <Link to="/documents" search={{ category: label.name }}>
              {t('labels.documents', { count: label.documents })}
            </Link>
          ) : (
            <span>{t('labels.documents', { count: 0 })}</span>
          )}
          {people > 0 && <span>{t('labels.people', { count: people })}</span>}
        </span>
        {admin && <Actions label={label} onAsk={rest.onAsk} />}
      </div>
      {below.length > 0 && (
        <ul className={classes.below}>
          {below.map((one) => (
            <Row key={one.label.name} branch={one} {...rest} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Actions({ label, onAsk }: { label: Label; onAsk: Props['onAsk'] }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const icon = { size: 16, 'aria-hidden': true } as const;
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('labels.actions', { name: format.category(label) })}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPencil {...icon} />}
          onClick={() => onAsk({ kind: 'edit', label })}
        >
          {t('labels.edit')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCornerDownRight {...icon} />}
          onClick={() => onAsk({ kind: 'add', parent: label.name })}
        >
          {t('labels.addBelow')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconCursorText {...icon} />}
          onClick={() => onAsk({ kind: 'rename', label })}
        >
          {t('labels.rename')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconGitMerge {...icon} />}
          onClick={() => onAsk({ kind: 'merge', label })}
        >
          {t('labels.merge')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowsSplit2 {...icon} />}
          onClick={() => onAsk({ kind: 'split', label })}
        >
          {t('labels.split')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          c="var(--zk-bad)"
          leftSection={<IconTrash {...icon} />}
          onClick={() => onAsk({ kind: 'remove', label })}
        >
          {t('labels.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
