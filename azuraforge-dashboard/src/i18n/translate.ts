import { codesEn } from './codes-en.ts';
import { codesTr } from './codes-tr.ts';
import type { Locale } from './locale.ts';
import type { Dictionary, MessageKey, MessageValues } from './message.ts';
import { textsEn } from './texts-en.ts';
import { textsTr } from './texts-tr.ts';

export const dictionaries: Record<Locale, Dictionary> = {
  en: { ...textsEn, ...codesEn },
  tr: { ...textsTr, ...codesTr },
};

export type Translate = <Key extends MessageKey>(key: Key, ...values: MessageValues<Key>) => string;

/** A function that turns keys into text of one language; numbers are written as that language writes them. */
export function createTranslate(locale: Locale): Translate {
  const dictionary = dictionaries[locale];
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale, { maximumSignificantDigits: 15 });
  return (key, ...[values]) => {
    const message = dictionary[key];
    const given: Record<string, string | number> = values ?? {};
    const text =
      typeof message === 'string'
        ? message
        : message[plurals.select(Number(given.count)) === 'one' ? 'one' : 'other'];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = given[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
  };
}
