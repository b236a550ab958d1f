/** The frame around every screen: header, navigation, uploads, palette, live events. */
import { ActionIcon, Button, Kbd, Menu, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import {
  IconCheckbox,
  IconChecklist,
  IconCommand,
  IconCube,
  IconFiles,
  IconKeyboard,
  IconLogout,
  IconSearch,
  IconSettings,
  IconTags,
  IconUpload,
  IconUserCircle,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '~/api/endpoints';
import { POLL_MS, useEvents, useLive } from '~/app/events';
import { useKeys } from '~/app/keys';
import { queryClient } from '~/app/queryClient';
import classes from '~/app/Shell.module.css';
import { collectionsQuery, sessionQuery, useSession } from '~/app/session';
import { useUi } from '~/app/ui';
import { Wordmark } from '~/components/Logo';
import { notifyError } from '~/components/problem';
import { DropAnywhere } from '~/features/upload/DropAnywhere';
import { UploadDialog } from '~/features/upload/UploadDialog';
import { UploadPanel } from '~/features/upload/UploadPanel';
import { useLeaveGuard } from '~/features/upload/useUpload';
import { withTexts } from '~/i18n';

const Palette = lazy(withTexts('later', () => import('~/app/Palette')));
const Shortcuts = lazy(withTexts('later', () => import('~/app/Shortcuts')));

export function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ui = useUi();
  useEvents();
  useLeaveGuard();
  const focusSearch = () => {
    const box = document.querySelector<HTMLInputElement>('[data-search-box]');
    if (box) {
      box.focus();
      box.select();
    } else {
      void navigate({ to: '/' });
    }
  };
  useKeys({ '/': focusSearch, '?': () => ui.open('shortcuts') });
  useHotkeys([['mod+K', () => (ui.shown === 'palette' ? ui.close() : ui.open('palette'))]], []);
  useRefetchOnLanguage();

  return (
    <div className={classes.shell}>
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <Header />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <BottomBar />
      <UploadDialog opened={ui.shown === 'upload'} onClose={ui.close} />
      <UploadPanel />
      <DropAnywhere />
      <Suspense>
        {ui.shown === 'palette' && <Palette onClose={ui.close} />}
        {ui.shown === 'shortcuts' && <Shortcuts onClose={ui.close} />}
      </Suspense>
    </div>
  );
}

/** The server's sentences are in the reader's language: ask again when it changes. */
function useRefetchOnLanguage(): void {
  const { i18n } = useTranslation();
  const first = useRef(i18n.language);
  useEffect(() => {
    if (first.current === i18n.language) return;
    first.current = i18n.language;
    void queryClient.invalidateQueries();
  }, [i18n.language]);
}

function Header() {
  const { t } = useTranslation();
  const ui = useUi();
  const { data } = useQuery(collectionsQuery);
  const writes = data?.items.some((one) => one.may_write);
  return (
    <header className={classes.header}>
      <Link to="/" className={classes.home} aria-label="知库 Zhiku">
        <Wordmark />
      </Link>
      <nav className={classes.nav} aria-label={t('nav.main')}>
        <Link to="/" className={classes.tab} activeOptions={{ exact: true, includeSearch: false }}>
          {t('nav.search')}
        </Link>
        <Link to="/documents" className={classes.tab} activeOptions={{ includeSearch: false }}>
          {t('nav.documents')}
        </Link>
        {writes && (
          <Link to="/review" className={classes.tab} activeOptions={{ includeSearch: false }}>
            {t('nav.review')}
          </Link>
        )}
      </nav>
      <LiveNote />
      <div className={classes.right}>
        <Button
          variant="default"
          size="xs"
          className={classes.palette}
          onClick={() => ui.open('palette')}
          leftSection={<IconCommand size={14} aria-hidden="true" />}
          rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        >
          {t('nav.palette')}
        </Button>
        <Button
          size="xs"
          className={classes.upload}
          leftSection={<IconUpload size={15} aria-hidden="true" />}
          onClick={() => ui.open('upload')}
        >
          {t('nav.upload')}
        </Button>
        <AccountMenu />
      </div>
    </header>
  );
}

function LiveNote() {
  const { t } = useTranslation();
  const live = useLive();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), 5000);
    return () => window.clearTimeout(timer);
  }, []);
  if (live || !late) return null;
  return <span className={classes.offline}>{t('error.offline', { seconds: POLL_MS / 1000 })}</span>;
}

function AccountMenu() {
  const { t } = useTranslation();
  const { user } = useSession();
  const ui = useUi();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
      queryClient.clear();
      await queryClient.fetchQuery(sessionQuery);
      await navigate({ to: '/signin' });
    } catch (error) {
      notifyError(error, t);
    }
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Tooltip label={user?.name ?? ''}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('nav.account')}>
            <IconUserCircle size={22} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user?.name}
          {user && ` · ${t(`settings.role.${user.role}`)}`}
        </Menu.Label>
        <Menu.Item
          component={Link}
          to="/settings/general"
          leftSection={<IconSettings size={16} aria-hidden="true" />}
        >
          {t('nav.settings')}
        </Menu.Item>
        <Menu.Item
          component={Link}
          to="/jobs"
          leftSection={<IconChecklist size={16} aria-hidden="true" />}
        >
          {t('reading.title')}
        </Menu.Item>
        <Menu.Item
          component={Link}
          to="/review"
          leftSection={<IconCheckbox size={16} aria-hidden="true" />}
        >
          {t('nav.review')}
        </Menu.Item>
        <Menu.Item
          component={Link}
          to="/labels"
          leftSection={<IconTags size={16} aria-hidden="true" />}
        >
          {t('nav.labels')}
        </Menu.Item>
        <Menu.Item
          component={Link}
          to="/models"
          leftSection={<IconCube size={16} aria-hidden="true" />}
        >
          {t('nav.models')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={16} aria-hidden="true" />}
          rightSection={<Kbd size="xs">?</Kbd>}
          onClick={() => ui.open('shortcuts')}
        >
          {t('nav.shortcuts')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden="true" />}
          onClick={() => void leave()}
        >
          {t('nav.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function BottomBar() {
  const { t } = useTranslation();
  const ui = useUi();
  return (
    <nav className={classes.bottom} aria-label={t('nav.main')}>
      <Link
        to="/"
        className={classes.bottomTab}
        activeOptions={{ exact: true, includeSearch: false }}
      >
        <IconSearch size={20} stroke={1.7} aria-hidden="true" />
        {t('nav.search')}
      </Link>
      <Link to="/documents" className={classes.bottomTab} activeOptions={{ includeSearch: false }}>
        <IconFiles size={20} stroke={1.7} aria-hidden="true" />
        {t('nav.documents')}
      </Link>
      <button type="button" className={classes.bottomTab} onClick={() => ui.open('upload')}>
        <IconUpload size={20} stroke={1.7} aria-hidden="true" />
        {t('nav.upload')}
      </button>
      <Link to="/settings" className={classes.bottomTab}>
        <IconSettings size={20} stroke={1.7} aria-hidden="true" />
        {t('nav.settings')}
      </Link>
    </nav>
  );
}
