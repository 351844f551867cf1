'use client';

import { Alert, Button, Input } from 'antd';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { ApiError } from '../../client/error.ts';
import { useClient, useToken } from '../../client/provider.tsx';
import { useLanguage } from '../../i18n/context.tsx';
import { DocumentTitle } from '../../shell/document-title.tsx';
import { FormRow } from '../../schema-form/form-row.tsx';
import { Logo } from '../../shell/logo.tsx';
import { LanguageSwitch, ThemeSwitch } from '../preferences/switches.tsx';
import styles from './login-page.module.css';
import { useSignIn } from './queries.ts';
import { returnAddress } from './return-address.ts';

export function LoginPage({ next }: { next: string | null }) {
  const { t } = useLanguage();
  const { session, apiUrl } = useClient();
  const token = useToken();
  const router = useRouter();
  const signIn = useSignIn();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);

  useEffect(() => {
    if (token) router.replace(returnAddress(next));
  }, [token, next, router]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (username.trim() && password) signIn.mutate({ username: username.trim(), password });
  }

  const failure = signIn.error instanceof ApiError ? signIn.error : null;
  const expired = token === null && session.endedBy() === 'expired' && !failure;
  return (
    <div className={styles.page}>
      <DocumentTitle title={t('login.title')} />
      <div className={styles.tools}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className={styles.card}>
        <Logo size={36} />
        <p className={styles.lead}>{t('login.lead')}</p>
        <h1 className={styles.title}>{t('login.title')}</h1>
        {/* Credentials must never end up in the address, even when sent before the page is interactive. */}
        <form method="post" onSubmit={submit} className={styles.form} data-testid="login-form" noValidate>
          {expired && <Alert type="info" showIcon title={t('login.expired')} />}
          {failure && (
            <Alert
              type="error"
              showIcon
              role="alert"
              data-testid="login-error"
              title={t(`error.${failure.code}`)}
              description={
                failure.code === 'NETWORK' ? t('state.unreachableAddress', { url: apiUrl }) : undefined
              }
            />
          )}
          <FormRow
            id="username"
            title={t('login.username')}
            error={tried && !username.trim() ? t('login.usernameMissing') : null}
          >
            {(control) => (
              <Input
                {...control}
                name="username"
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                size="large"
                value={username}
                onChange={(event) => setUsername(event.target.value)}
              />
            )}
          </FormRow>
          <FormRow
            id="password"
            title={t('login.password')}
            error={tried && !password ? t('login.passwordMissing') : null}
          >
            {(control) => (
              <Input.Password
                {...control}
                name="password"
                autoComplete="current-password"
                size="large"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </FormRow>
          <Button
            block
            type="primary"
            size="large"
            htmlType="submit"
            data-testid="submit"
            loading={signIn.isPending}
            disabled={token === undefined}
          >
            {t('login.submit')}
          </Button>
        </form>
        <p className={styles.hint}>{t('login.hint')}</p>
      </main>
    </div>
  );
}
