/** Language, appearance, shortcuts. */
import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { setSingleKeys, useSingleKeys } from '~/app/preferences';
import { Section } from '~/features/settings/Section';
import { changeLanguage, LANGUAGES, type Language } from '~/i18n';

export function General() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const singleKeys = useSingleKeys();
  return (
    <>
      <Section title={t('settings.language')} lead={t('settings.languageHint')}>
        <SegmentedControl
          aria-label={t('settings.language')}
          value={i18n.language}
          onChange={(value) => void changeLanguage(value as Language)}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({
            value,
            label: <span lang={value}>{label}</span>,
          }))}
        />
      </Section>
      <Section title={t('settings.theme')}>
        <SegmentedControl
          aria-label={t('settings.theme')}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
          data={[
            { value: 'auto', label: t('settings.themeAuto') },
            { value: 'light', label: t('settings.themeLight') },
            { value: 'dark', label: t('settings.themeDark') },
          ]}
        />
      </Section>
      <Section title={t('settings.shortcuts')} lead={t('settings.shortcutsHint')}>
        <Switch
          label={t('settings.shortcutsOn')}
          checked={singleKeys}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
      </Section>
    </>
  );
}
