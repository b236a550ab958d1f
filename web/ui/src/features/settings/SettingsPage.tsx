/** Settings, one section at a time; the address names the section. */
import { NavLink } from '@mantine/core';
import {
  IconAdjustments,
  IconDatabaseSearch,
  IconFolders,
  IconTags,
  IconUserCircle,
} from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '~/app/session';
import { NotFound } from '~/components/RouteStates';
import { useTitle } from '~/components/useTitle';
import { IndexPage } from '~/features/indexing/IndexPage';
import { Account } from '~/features/settings/Account';
import { Collections } from '~/features/settings/Collections';
import { General } from '~/features/settings/General';
import classes from '~/features/settings/Settings.module.css';

const SECTIONS = {
  general: { icon: IconAdjustments, content: General, adminOnly: false },
  account: { icon: IconUserCircle, content: Account, adminOnly: false },
  collections: { icon: IconFolders, content: Collections, adminOnly: false },
  index: { icon: IconDatabaseSearch, content: IndexPage, adminOnly: true },
} as const satisfies Record<
  string,
  {
    icon: ComponentType<{ size: number; stroke: number }>;
    content: ComponentType;
    adminOnly: boolean;
  }
>;

type Section = keyof typeof SECTIONS;

export function SettingsPage() {
  const { t } = useTranslation();
  const { user, version } = useSession();
  const { section } = useParams({ from: '/app/settings/$section' });
  const known = section in SECTIONS ? (section as Section) : undefined;
  useTitle(known ? t(`settings.${known}`) : t('settings.title'));
  const shown = (Object.keys(SECTIONS) as Section[]).filter(
    (name) => user?.role === 'admin' || !SECTIONS[name].adminOnly,
  );
  const Content = known && shown.includes(known) ? SECTIONS[known].content : NotFound;
  return (
    <div className={classes.screen}>
      <nav className={classes.nav} aria-label={t('settings.sections')}>
        <h1 className={classes.heading}>{t('settings.title')}</h1>
        <div className={classes.links}>
          {shown.map((name) => {
            const Icon = SECTIONS[name].icon;
            return (
              <NavLink
                key={name}
                component={Link}
                to={`/settings/${name}`}
                active={name === section}
                label={t(`settings.${name}`)}
                leftSection={<Icon size={17} stroke={1.7} aria-hidden="true" />}
                className={classes.link ?? ''}
              />
            );
          })}
          <NavLink
            component={Link}
            to="/labels"
            label={t('nav.labels')}
            leftSection={<IconTags size={17} stroke={1.7} aria-hidden="true" />}
            className={classes.link ?? ''}
          />
        </div>
        <p className={classes.version}>{t('settings.version', { version })}</p>
      </nav>
      <div className={classes.content}>
        <Content />
      </div>
    </div>
  );
}
