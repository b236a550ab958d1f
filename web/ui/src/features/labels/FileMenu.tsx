/** A taxonomy as a file, and a new one. */
import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { taxonomyUrl } from '~/api/curate';
import type { Taxonomy } from '~/api/types';

interface Props {
  taxonomy: Taxonomy | undefined;
  mayChange: boolean;
  onAsk: (what: 'import' | 'new') => void;
}

export function FileMenu({ taxonomy, mayChange, onAsk }: Props) {
  const { t } = useTranslation('curate');
  if (!taxonomy) return null;
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
        >
          {t('labels.files')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={taxonomyUrl(taxonomy.name, 'yaml')} download>
          {t('labels.exportYaml')}
        </Menu.Item>
        <Menu.Item component="a" href={taxonomyUrl(taxonomy.name, 'json')} download>
          {t('labels.exportJson')}
        </Menu.Item>
        {mayChange && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => onAsk('import')}>{t('labels.import')}</Menu.Item>
            <Menu.Item onClick={() => onAsk('new')}>{t('labels.newTaxonomy')}</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
