import '@fontsource-variable/inter/wght.css';
import './globals.css';

import type { Metadata, Viewport } from 'next';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { ClientProvider } from '../client/provider.tsx';
import { readPreferences, schemeScript } from '../features/preferences/cookie.ts';
import type { Preferences } from '../features/preferences/cookie.ts';
import { PreferencesProvider } from '../features/preferences/provider.tsx';
import { createTranslate } from '../i18n/translate.ts';
import { paletteCss } from '../theme/palette.ts';

const DEFAULT_API_URL = 'http://localhost:8000';

async function requestPreferences(): Promise<Preferences> {
  const [jar, request] = await Promise.all([cookies(), headers()]);
  return readPreferences((name) => jar.get(name)?.value, request.get('accept-language'));
}

export async function generateMetadata(): Promise<Metadata> {
  const { locale } = await requestPreferences();
  const t = createTranslate(locale);
  return {
    // Titles are the pages' own, so that they follow a change of language at once.
    description: t('app.description'),
  };
}

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const preferences = await requestPreferences();
  const apiUrl = process.env.AZURAFORGE_API_URL || DEFAULT_API_URL;
  const script = schemeScript(preferences);
  return (
    <html lang={preferences.locale} data-theme={preferences.scheme} suppressHydrationWarning>
      <head>
        {script && <script dangerouslySetInnerHTML={{ __html: script }} />}
        <style dangerouslySetInnerHTML={{ __html: paletteCss() }} />
      </head>
      <body>
        <PreferencesProvider initial={preferences}>
          <ClientProvider apiUrl={apiUrl}>{children}</ClientProvider>
        </PreferencesProvider>
      </body>
    </html>
  );
}
