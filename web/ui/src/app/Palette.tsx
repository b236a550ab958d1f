/** Ctrl/⌘ K: go anywhere, find a document by name, switch appearance and language. */
import { Modal, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  IconCheckbox,
  IconChecklist,
  IconCube,
  IconFiles,
  IconFileText,
  IconKeyboard,
  IconLanguage,
  IconMoon,
  IconScan,
  IconSearch,
  IconSettings,
  IconSun,
  IconTags,
  IconTrash,
  IconUpload,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { suggest } from '~/api/endpoints';
import classes from '~/app/Palette.module.css';
import { useUi } from '~/app/ui';
import { changeLanguage } from '~/i18n';

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
        id: 'jobs',
        label: t('reading.jobs'),
        icon: <IconChecklist {...icon} />,
        run: () => void navigate({ to: '/jobs' }),
      },
      {
        id: 'pages',
        label: t('reading.pages'),
        icon: <IconScan {...icon} />,
        run: () => void navigate({ to: '/pages' }),
      },
      {
        id: 'review',
        label: t('nav.review'),
        icon: <IconCheckbox {...icon} />,
        run: () => void navigate({ to: '/review' }),
      },
      {
        id: 'labels',
        label: t('nav.labels'),
        icon: <IconTags {...icon} />,
        run: () => void navigate({ to: '/labels' }),
      },
      {
        id: 'models',
        label: t('nav.models'),
        icon: <IconCube {...icon} />,
        run: () => void navigate({ to: '/models' }),
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

export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const { go, actions } = useCommands();
  const documents = useDocumentCommands(query);

  const wanted = query.trim();
  const matching = (commands: Command[]) =>
    commands.filter((one) => one.label.toLowerCase().includes(wanted.toLowerCase()));
  const searchFor: Command = {
    id: 'search-for',
    label: t('palette.searchFor', { query: wanted }),
    icon: <IconSearch size={18} stroke={1.6} aria-hidden="true" />,
    run: () => void navigate({ to: '/', search: { q: wanted } }),
  };
  const groups: [string, Command[]][] = [
    [t('palette.go'), matching(go)],
    [t('palette.actions'), matching(actions)],
    [t('palette.documents'), documents],
    [t('nav.search'), wanted ? [searchFor] : []],
  ];
  const flat = groups.flatMap(([, commands]) => commands);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = (chosen + step + flat.length) % Math.max(1, flat.length);
      setChosen(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(flat[chosen]);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('nav.palette')}
      size={600}
      padding={0}
      yOffset="14vh"
      centered={false}
      classNames={{ header: classes.hidden ?? '', body: classes.body ?? '' }}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className={classes.box}>
        <IconSearch size={18} stroke={1.7} aria-hidden="true" />
        <input
          data-autofocus
          className={classes.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-label={t('palette.placeholder')}
          aria-activedescendant={flat[chosen] ? `${listId}-${chosen}` : undefined}
          placeholder={t('palette.placeholder')}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={listId} role="listbox" aria-label={t('nav.palette')} className={classes.list}>
        {groups.map(([title, commands]) =>
          commands.length > 0 ? (
            <div key={title} role="group" aria-label={title}>
              <div className={classes.group} aria-hidden="true">
                {title}
              </div>
              {commands.map((one) => {
                const index = flat.indexOf(one);
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox input
                  <div
                    key={one.id}
                    id={`${listId}-${index}`}
                    role="option"
                    tabIndex={-1}
                    aria-selected={index === chosen}
                    className={classes.option}
                    onMouseMove={() => setChosen(index)}
                    onClick={() => run(one)}
                  >
                    {one.icon}
                    <span className="ellipsis">{one.label}</span>
                  </div>
                );
              })}
            </div>
          ) : null,
        )}
      </div>
      {flat.length === 0 && <p className={classes.nothing}>{t('palette.nothing')}</p>}
    </Modal>
  );
}
