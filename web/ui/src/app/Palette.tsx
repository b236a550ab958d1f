/** Ctrl/⌘ K: go anywhere, find a document by name, switch appearance and language. */
import '@mantine/spotlight/styles.css';
import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import {
  IconFiles,
  IconFileText,
  IconKeyboard,
  IconLanguage,
  IconMoon,
  IconSearch,
  IconSettings,
  IconSun,
  IconTrash,
  IconUpload,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { suggest } from '~/api/endpoints';
import { useUi } from '~/app/ui';
import { changeLanguage } from '~/i18n';

const [store, spotlight] = createSpotlight();

interface Command {
  id: string;
  label: string;
  icon: ReactNode;
  run: () => void;
}

function useCommands(): { go: Command[]; actions: Command[] } {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const ui = useUi();
  const { setColorScheme } = useMantineColorScheme();
  const icon = { size: 18, stroke: 1.6, 'aria-hidden': true };
  const other = i18n.language === 'en' ? 'zh-CN' : 'en';
  return {
    go: [
      {
        id: 'search',
        label: t('nav.search'),
        icon: <IconSearch {...icon} />,
        run: () => void navigate({ to: '/' }),
      },
      {
        id: 'documents',
        label: t('nav.documents'),
        icon: <IconFiles {...icon} />,
        run: () => void navigate({ to: '/documents' }),
      },
      {
        id: 'trash',
        label: t('palette.trash'),
        icon: <IconTrash {...icon} />,
        run: () => void navigate({ to: '/documents', search: { trash: true } }),
      },
      {
        id: 'settings',
        label: t('nav.settings'),
        icon: <IconSettings {...icon} />,
        run: () => void navigate({ to: '/settings/$section', params: { section: 'general' } }),
      },
    ],
    actions: [
      {
        id: 'upload',
        label: t('upload.open'),
        icon: <IconUpload {...icon} />,
        run: () => ui.open('upload'),
      },
      {
        id: 'shortcuts',
        label: t('nav.shortcuts'),
        icon: <IconKeyboard {...icon} />,
        run: () => ui.open('shortcuts'),
      },
      {
        id: 'light',
        label: t('palette.themeLight'),
        icon: <IconSun {...icon} />,
        run: () => setColorScheme('light'),
      },
      {
        id: 'dark',
        label: t('palette.themeDark'),
        icon: <IconMoon {...icon} />,
        run: () => setColorScheme('dark'),
      },
      {
        id: 'language',
        label: t('palette.language'),
        icon: <IconLanguage {...icon} />,
        run: () => void changeLanguage(other),
      },
    ],
  };
}

function useDocumentCommands(query: string): Command[] {
  const navigate = useNavigate();
  const [settled] = useDebouncedValue(query.trim(), 120);
  const { data } = useQuery({
    queryKey: ['suggest', settled],
    queryFn: ({ signal }) => suggest(settled, signal),
    enabled: settled.length > 0,
    staleTime: 30_000,
  });
  return (data?.items ?? []).flatMap((one) =>
    one.kind === 'document' && one.document
      ? [
          {
            id: `document-${one.document}`,
            label: one.text,
            icon: <IconFileText size={18} stroke={1.6} aria-hidden="true" />,
            run: () =>
              void navigate({ to: '/documents/$id', params: { id: String(one.document) } }),
          },
        ]
      : [],
  );
}

export default function Palette() {
  const { t } = useTranslation();
  const ui = useUi();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const { go, actions } = useCommands();
  const documents = useDocumentCommands(query);
  useEffect(() => {
    if (ui.shown === 'palette') spotlight.open();
  }, [ui.shown]);

  const wanted = query.trim().toLowerCase();
  const matching = (commands: Command[]) =>
    commands.filter((one) => one.label.toLowerCase().includes(wanted));
  const searchFor: Command[] = wanted
    ? [
        {
          id: 'search-for',
          label: t('palette.searchFor', { query: query.trim() }),
          icon: <IconSearch size={18} stroke={1.6} aria-hidden="true" />,
          run: () => void navigate({ to: '/', search: { q: query.trim() } }),
        },
      ]
    : [];
  const groups: [string, Command[]][] = [
    [t('nav.search'), searchFor],
    [t('palette.documents'), documents],
    [t('palette.go'), matching(go)],
    [t('palette.actions'), matching(actions)],
  ];
  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      scrollable
      maxHeight={420}
      closeOnActionTrigger
      onSpotlightClose={() => {
        if (ui.shown === 'palette') ui.close();
      }}
      aria-label={t('nav.palette')}
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        leftSection={<IconSearch size={18} aria-hidden="true" />}
      />
      <Spotlight.ActionsList aria-label={t('nav.palette')}>
        {groups
          .filter(([, commands]) => commands.length > 0)
          .map(([title, commands]) => (
            <Spotlight.ActionsGroup key={title} label={title}>
              {commands.map((one) => (
                <Spotlight.Action
                  key={one.id}
                  label={one.label}
                  leftSection={one.icon}
                  onClick={one.run}
                />
              ))}
            </Spotlight.ActionsGroup>
          ))}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
