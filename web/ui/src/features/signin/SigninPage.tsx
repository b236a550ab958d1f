/** Sign-in by one-time link or by name and password. */
import {
  Alert,
  Anchor,
  Button,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '~/api/endpoints';
import type { Session } from '~/api/types';
import { remember, sessionQuery } from '~/app/session';
import { Wordmark } from '~/components/Logo';
import { sentenceOf } from '~/components/problem';
import { useTitle } from '~/components/useTitle';
import { PasswordForm } from '~/features/signin/PasswordForm';
import classes from '~/features/signin/Signin.module.css';
import { changeLanguage } from '~/i18n';

const route = getRouteApi('/signin');

export function SigninPage() {
  const { t, i18n } = useTranslation();
  const { token, to } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const [offer, setOffer] = useState<Session | null>(null);
  const [linkError, setLinkError] = useState<unknown>(null);
  useTitle(t('signin.heading'));

  const enter = () => router.history.push(to ?? '/');
  const accept = (session: Session) => {
    client.setQueryData(sessionQuery.queryKey, remember(session));
    if (session.user?.has_password) enter();
    else setOffer(session);
  };
  const { data: session } = useQuery(sessionQuery);
  const used = useRef('');
  useEffect(() => {
    if (!token || !session || used.current === token) return;
    used.current = token; // a link works once: not again when effects run twice
    signIn({ link_token: token })
      .then((next) => {
        window.history.replaceState(window.history.state, '', '/signin');
        accept(next);
      })
      .catch(setLinkError);
  });

  return (
    <main className={classes.page} id="main">
      <div className={classes.column}>
        <div className={classes.brand}>
          <Wordmark size={38} />
          <Text c="dimmed">{t('signin.lead')}</Text>
        </div>
        <Paper className={classes.card}>
          {offer ? (
            <OfferPassword session={offer} onDone={enter} />
          ) : token && !linkError ? (
            <Text role="status">{t('signin.withLink')}</Text>
          ) : (
            <Stack>
              {linkError !== null && (
                <Alert
                  color="red"
                  title={t('signin.linkFailed')}
                  icon={<IconAlertTriangle size={18} />}
                >
                  {sentenceOf(linkError, t)}
                </Alert>
              )}
              <SigninForm onSignedIn={accept} />
            </Stack>
          )}
        </Paper>
        <Anchor
          component="button"
          type="button"
          size="sm"
          lang={i18n.language === 'en' ? 'zh-CN' : 'en'}
          onClick={() => void changeLanguage(i18n.language === 'en' ? 'zh-CN' : 'en')}
        >
          {i18n.language === 'en' ? '简体中文' : 'English'}
        </Anchor>
      </div>
    </main>
  );
}

function SigninForm({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || !password) {
      setProblem(t('signin.missing'));
      return;
    }
    setBusy(true);
    try {
      onSignedIn(await signIn({ name: name.trim(), password }));
    } catch (error) {
      setProblem(sentenceOf(error, t));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm">
        <Title order={1}>{t('signin.heading')}</Title>
        <TextInput
          label={t('signin.name')}
          autoComplete="username"
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signin.password')}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('signin.showPassword') }}
        />
        {problem && (
          <Text c="var(--zk-bad)" size="sm" role="alert">
            {problem}
          </Text>
        )}
        <Button type="submit" loading={busy} fullWidth mt={4}>
          {t('signin.submit')}
        </Button>
        <Text size="xs" c="dimmed">
          {t('signin.byLink')}
        </Text>
      </Stack>
    </form>
  );
}

function OfferPassword({ session, onDone }: { session: Session; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Title order={1}>{t('signin.welcome', { name: session.user?.name ?? '' })}</Title>
      <Text c="dimmed">{t('signin.setPasswordLead')}</Text>
      <PasswordForm needsCurrent={false} name={session.user?.name ?? ''} onSaved={onDone} />
      <Button variant="subtle" color="gray" onClick={onDone}>
        {t('common.later')}
      </Button>
    </Stack>
  );
}
