import type { ReportSummary } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { improvement } from './improvement.ts';

/** What the comparison with the naive forecast comes to, in a few words; a percentage only where it is not chance. */
export function useVerdict(summary: ReportSummary): string {
  const { t, formats } = useLanguage();
  if (summary.verdict === 'no_clear_difference') return t('experiments.unclear');
  const gain = improvement(summary);
  if (gain === null) return '';
  return t(`experiments.${summary.verdict}`, { percent: formats.percent(Math.abs(gain)) });
}
