/** Who I am, and my password. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '~/app/session';
import { Section } from '~/features/settings/Section';
import { PasswordForm } from '~/features/signin/PasswordForm';

export function Account() {
  const { t } = useTranslation();
  const { user } = useSession();
  if (!user) return null;
  return (
    <>
      <Section title={t('settings.signedInAs')}>
        <Text>
          {user.name} · {t(`settings.role.${user.role}`)}
        </Text>
      </Section>
      <Section
        title={user.has_password ? t('password.change') : t('password.set')}
        lead={user.has_password ? t('settings.hasPassword') : t('settings.noPassword')}
      >
        <PasswordForm needsCurrent={user.has_password} name={user.name} onSaved={() => undefined} />
      </Section>
    </>
  );
}
