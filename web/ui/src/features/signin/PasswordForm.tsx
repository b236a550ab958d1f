/** Set or change one's password. */
import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setPassword } from '~/api/endpoints';
import { sessionQuery } from '~/app/session';
import { notifyDone, sentenceOf } from '~/components/problem';

const SHORTEST = 8;

interface Props {
  needsCurrent: boolean;
  name: string;
  onSaved: () => void;
}

export function PasswordForm({ needsCurrent, name, onSaved }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const eye = { 'aria-label': t('signin.showPassword') };

  const complaint = () => {
    if (Array.from(next).length < SHORTEST) return t('password.short');
    return next === again ? '' : t('password.differ');
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = complaint();
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      await setPassword(needsCurrent ? { current, new: next } : { new: next });
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      setCurrent('');
      setNext('');
      setAgain('');
      notifyDone(t('password.saved'));
      onSaved();
    } catch (error) {
      setProblem(sentenceOf(error, t));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm" maw={360}>
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        {needsCurrent && (
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={eye}
          />
        )}
        <PasswordInput
          label={t('password.new')}
          description={t('password.rule')}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          visibilityToggleButtonProps={eye}
        />
        <PasswordInput
          label={t('password.repeat')}
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          visibilityToggleButtonProps={eye}
        />
        {problem && (
          <Text c="var(--zk-bad)" size="sm" role="alert">
            {problem}
          </Text>
        )}
        <Button type="submit" loading={busy} w="fit-content">
          {needsCurrent ? t('password.change') : t('password.set')}
        </Button>
      </Stack>
    </form>
  );
}
