'use client';

import { Button, Dropdown } from 'antd';
import { Boxes, FlaskConical, LogOut, UserRound, Workflow } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useRouter } from 'next/navigation';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useClient, useToken } from '../client/provider.tsx';
import { useCurrentUser } from '../features/auth/queries.ts';
import { LanguageSwitch, ThemeSwitch } from '../features/preferences/switches.tsx';
import { useLanguage } from '../i18n/context.tsx';
import styles from './console.module.css';
import { Logo } from './logo.tsx';
import { LoadingState } from './state.tsx';

const SECTIONS = [
  { href: '/experiments', key: 'nav.experiments', Icon: FlaskConical },
  { href: '/models', key: 'nav.models', Icon: Boxes },
  { href: '/pipelines', key: 'nav.pipelines', Icon: Workflow },
] as const;

function UserMenu() {
  const { t } = useLanguage();
  const { session } = useClient();
  const user = useCurrentUser();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          {
            key: 'sign-out',
            icon: <LogOut size={16} aria-hidden="true" />,
            label: t('action.signOut'),
            onClick: () => session.end('signed-out'),
          },
        ],
      }}
    >
      <Button
        type="text"
        data-testid="user-menu"
        aria-label={user.data?.username ?? t('action.signOut')}
        icon={<UserRound size={18} aria-hidden="true" />}
      >
        <span className={styles.userName}>{user.data?.username}</span>
      </Button>
    </Dropdown>
  );
}

/** Everything behind the sign-in: the header, the sections, and the content once it is known who is reading. */
export function Console({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  const token = useToken();
  const { session } = useClient();
  const pathname = usePathname();
  const router = useRouter();

  useEffect(() => {
    if (token !== null) return;
    // Who signs out by choice starts afresh; who was thrown out comes back to the same page.
    const back =
      session.endedBy() === 'signed-out'
        ? ''
        : `?next=${encodeURIComponent(location.pathname + location.search)}`;
    router.replace(`/login${back}`);
  }, [token, session, router]);

  return (
    <div className={styles.console}>
      <a href="#content" className={styles.skip}>
        {t('app.skip')}
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link href="/experiments" className={styles.home} aria-label="AzuraForge">
            <Logo />
          </Link>
          <nav className={styles.nav} aria-label={t('nav.label')}>
            {SECTIONS.map(({ href, key, Icon }) => (
              <Link key={href} href={href} aria-current={pathname.startsWith(href) ? 'page' : undefined}>
                <Icon size={16} aria-hidden="true" />
                {t(key)}
              </Link>
            ))}
          </nav>
          <div className={styles.tools}>
            <LanguageSwitch />
            <ThemeSwitch />
            {token && <UserMenu />}
          </div>
        </div>
      </header>
      <main id="content" className={styles.content} tabIndex={-1}>
        {token ? children : <LoadingState rows={6} />}
      </main>
    </div>
  );
}
