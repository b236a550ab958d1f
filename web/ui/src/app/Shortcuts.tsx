/** The list behind `?`. */
import { Alert, Kbd, Modal, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSingleKeys } from '~/app/preferences';
import classes from '~/app/Shortcuts.module.css';

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const on = useSingleKeys();
  const groups: [string, [string[], string][]][] = [
    [
      t('shortcuts.anywhere'),
      [
        [['/'], t('shortcuts.focusSearch')],
        [['Ctrl', 'K'], t('shortcuts.palette')],
        [['?'], t('shortcuts.help')],
      ],
    ],
    [
      t('shortcuts.inResults'),
      [
        [['j'], t('shortcuts.down')],
        [['k'], t('shortcuts.up')],
        [['Enter'], t('shortcuts.open')],
        [['Space'], t('shortcuts.preview')],
      ],
    ],
    [
      t('shortcuts.inDocument'),
      [
        [['j'], t('shortcuts.nextPage')],
        [['k'], t('shortcuts.previousPage')],
        [['+', '-', '0'], t('shortcuts.zoom')],
        [['/'], t('shortcuts.find')],
        [['n', 'N'], t('shortcuts.nextHit')],
      ],
    ],
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="lg">
        {!on && <Alert color="orange">{t('shortcuts.off')}</Alert>}
        {groups.map(([title, keys]) => (
          <section key={title}>
            <Title order={3} mb={4}>
              {title}
            </Title>
            {keys.map(([names, text]) => (
              <div key={text} className={classes.row}>
                <Text>{text}</Text>
                <span className={classes.keys}>
                  {names.map((name) => (
                    <Kbd key={name}>{name}</Kbd>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </Stack>
    </Modal>
  );
}
