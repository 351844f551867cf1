'use client';

import { Button, Dropdown } from 'antd';
import { Languages, Monitor, Moon, Sun } from 'lucide-react';
import { useLanguage } from '../../i18n/context.tsx';
import { LOCALES } from '../../i18n/locale.ts';
import { THEME_CHOICES } from './cookie.ts';
import { usePreferences } from './provider.tsx';

/** A language is named in itself, so that its readers find it. */
const LANGUAGE_NAMES = { en: 'English', tr: 'Türkçe' };
const THEME_ICONS = { light: Sun, dark: Moon, system: Monitor };

export function LanguageSwitch() {
  const { t, locale } = useLanguage();
  const { chooseLocale } = usePreferences();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [locale],
        items: LOCALES.map((key) => ({
          key,
          label: <span lang={key}>{LANGUAGE_NAMES[key]}</span>,
          onClick: () => chooseLocale(key),
        })),
      }}
    >
      <Button
        type="text"
        data-testid="language-switch"
        aria-label={`${t('preferences.language')}: ${LANGUAGE_NAMES[locale]}`}
        icon={<Languages size={18} aria-hidden="true" />}
      >
        {locale.toUpperCase()}
      </Button>
    </Dropdown>
  );
}

export function ThemeSwitch() {
  const { t } = useLanguage();
  const { theme, chooseTheme } = usePreferences();
  const Icon = THEME_ICONS[theme];
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [theme],
        items: THEME_CHOICES.map((key) => {
          const ChoiceIcon = THEME_ICONS[key];
          return {
            key,
            icon: <ChoiceIcon size={16} aria-hidden="true" />,
            label: t(`preferences.${key}`),
            onClick: () => chooseTheme(key),
          };
        }),
      }}
    >
      <Button
        type="text"
        data-testid="theme-switch"
        aria-label={`${t('preferences.theme')}: ${t(`preferences.${theme}`)}`}
        icon={<Icon size={18} aria-hidden="true" />}
      />
    </Dropdown>
  );
}
