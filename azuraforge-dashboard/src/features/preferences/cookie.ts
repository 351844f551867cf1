import { isLocale, preferredLocale } from '../../i18n/locale.ts';
import type { Locale } from '../../i18n/locale.ts';
import type { Scheme } from '../../theme/palette.ts';

export const THEME_CHOICES = ['light', 'dark', 'system'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** What a reader has chosen, as the server needs it to send the right page at once. */
export interface Preferences {
  locale: Locale;
  theme: ThemeChoice;
  /** Light or dark after `system` has been asked; the browser tells it by a cookie. */
  scheme: Scheme;
}

export const COOKIES = {
  locale: 'azuraforge-locale',
  theme: 'azuraforge-theme',
  scheme: 'azuraforge-scheme',
} as const;

const YEAR_SECONDS = 31_536_000;

export function readPreferences(
  cookie: (name: string) => string | undefined,
  acceptLanguage: string | null,
): Preferences {
  const locale = cookie(COOKIES.locale);
  const chosen = cookie(COOKIES.theme);
  const theme = THEME_CHOICES.find((choice) => choice === chosen) ?? 'system';
  const resolved = theme === 'system' ? cookie(COOKIES.scheme) : theme;
  return {
    locale: isLocale(locale) ? locale : preferredLocale(acceptLanguage),
    theme,
    scheme: resolved === 'dark' ? 'dark' : 'light',
  };
}

export function writeCookie(name: string, value: string): void {
  document.cookie = `${name}=${value};path=/;max-age=${YEAR_SECONDS};samesite=lax`;
}

/**
 * Runs before anything is painted. The server cannot know what the system prefers until a cookie says so; where
 * the page was made for the other scheme, the cookie is set and the page asked for again, so that nobody sees it.
 */
export function schemeScript({ theme, scheme }: Preferences): string | null {
  if (theme !== 'system') return null;
  const name = COOKIES.scheme;
  return `(function(){var s=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';if(s==='${scheme}')return;document.cookie='${name}='+s+';path=/;max-age=${YEAR_SECONDS};samesite=lax';if(document.cookie.indexOf('${name}='+s)>=0)location.reload()})()`;
}
