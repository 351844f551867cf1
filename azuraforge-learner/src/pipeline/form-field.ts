export interface Turkish {
  title: string;
  description: string;
  /** Names of choices, where they differ from the English ones. */
  enum?: Record<string, string>;
}

/** Texts of a form field in English, with the Turkish beside them. */
export function texts(
  title: string,
  description: string,
  tr: Turkish,
): { title: string; description: string; 'x-i18n': { tr: Turkish } } {
  return { title, description, 'x-i18n': { tr } };
}

/** Headings under which a form gathers fields. */
export const MODEL = { en: 'Model', tr: 'Model' };
export const TRAINING = { en: 'Training', tr: 'Eğitim' };
export const DATA = { en: 'Data', tr: 'Veri' };
