import type { Translate } from '../../i18n/translate.ts';

const TITLES = {
  accuracy: 'metric.accuracy',
  mae: 'metric.mae',
  perplexity: 'metric.perplexity',
  bits_per_sample: 'metric.bits_per_sample',
} as const;

/** What people call a metric that epochs tell; a pipeline's own is called by its name. */
export function metricTitle(name: string, t: Translate): string {
  return Object.hasOwn(TITLES, name) ? t(TITLES[name as keyof typeof TITLES]) : name;
}
