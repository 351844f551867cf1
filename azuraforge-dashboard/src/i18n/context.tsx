'use client';

import { createContext, useContext, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { LocalizedText } from 'azuraforge-dbmodels/contract';
import { createFormats } from './format.ts';
import type { Formats } from './format.ts';
import type { Locale } from './locale.ts';
import { createTranslate } from './translate.ts';
import type { Translate } from './translate.ts';

interface Language {
  locale: Locale;
  t: Translate;
  formats: Formats;
  /** A text of a report in the reader's language. */
  localized(text: LocalizedText): string;
}

const LanguageContext = createContext<Language | null>(null);

export function LanguageProvider({ locale, children }: { locale: Locale; children: ReactNode }) {
  const language = useMemo<Language>(
    () => ({
      locale,
      t: createTranslate(locale),
      formats: createFormats(locale),
      localized: (text) => (typeof text === 'string' ? text : text[locale]),
    }),
    [locale],
  );
  return <LanguageContext value={language}>{children}</LanguageContext>;
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (!language) throw new Error('useLanguage needs a LanguageProvider above it.');
  return language;
}
