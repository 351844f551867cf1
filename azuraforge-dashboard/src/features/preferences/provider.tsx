'use client';

import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { AntdRegistry } from '@ant-design/nextjs-registry';
import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import trTR from 'antd/locale/tr_TR';
import { LanguageProvider } from '../../i18n/context.tsx';
import type { Locale } from '../../i18n/locale.ts';
import { antTheme } from '../../theme/ant.ts';
import { SchemeContext } from '../../theme/context.tsx';
import { COOKIES, writeCookie } from './cookie.ts';
import type { Preferences, ThemeChoice } from './cookie.ts';

interface PreferencesControl {
  locale: Locale;
  theme: ThemeChoice;
  chooseLocale(locale: Locale): void;
  chooseTheme(theme: ThemeChoice): void;
}

const PreferencesContext = createContext<PreferencesControl | null>(null);
const antLocales = { en: enUS, tr: trTR };

/** Language and theme for everything below; both start as the server rendered them and change without a reload. */
export function PreferencesProvider({ initial, children }: { initial: Preferences; children: ReactNode }) {
  const [locale, setLocale] = useState(initial.locale);
  const [theme, setTheme] = useState(initial.theme);
  const [scheme, setScheme] = useState(initial.scheme);

  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const resolve = (): void => {
      const next = theme === 'system' ? (media.matches ? 'dark' : 'light') : theme;
      document.documentElement.dataset.theme = next;
      writeCookie(COOKIES.scheme, next);
      setScheme(next);
    };
    resolve();
    media.addEventListener('change', resolve);
    return () => media.removeEventListener('change', resolve);
  }, [theme]);

  const control = useMemo<PreferencesControl>(
    () => ({
      locale,
      theme,
      chooseLocale(next) {
        writeCookie(COOKIES.locale, next);
        document.documentElement.lang = next;
        setLocale(next);
      },
      chooseTheme(next) {
        writeCookie(COOKIES.theme, next);
        setTheme(next);
      },
    }),
    [locale, theme],
  );
  const ant = useMemo(() => antTheme(scheme), [scheme]);

  return (
    <PreferencesContext value={control}>
      <SchemeContext value={scheme}>
        <LanguageProvider locale={locale}>
          <AntdRegistry layer>
            <ConfigProvider theme={ant} locale={antLocales[locale]}>
              <App>{children}</App>
            </ConfigProvider>
          </AntdRegistry>
        </LanguageProvider>
      </SchemeContext>
    </PreferencesContext>
  );
}

export function usePreferences(): PreferencesControl {
  const control = useContext(PreferencesContext);
  if (!control) throw new Error('usePreferences needs a PreferencesProvider above it.');
  return control;
}
