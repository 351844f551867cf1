import { ArgumentError } from '../error.ts';
import type { FeatureValue, HeatMap } from '../explain.ts';
import type { PermutationImportance } from '../explain/permutation-importance.ts';
import type { BarsSection, HeatMapSection, LocalizedText } from '../report.ts';
import { rounded } from './number-text.ts';

interface SectionText {
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  /** What the numbers are, and in which unit. */
  value?: { title?: LocalizedText; unit?: string };
}

export interface BarsText extends SectionText {
  /** Names for people, in the order of the features. Default: the features' own. */
  titles?: readonly LocalizedText[];
}

/** Bars for permutation importance, SHAP values or LIME: the longest first. */
export function barsSection(
  found: PermutationImportance | { features: readonly FeatureValue[] },
  { titles, value = {}, ...text }: BarsText,
): BarsSection {
  if (titles !== undefined && titles.length !== found.features.length) {
    throw new ArgumentError(`barsSection: ${titles.length} titles for ${found.features.length} features.`);
  }
  const bars = found.features.map((feature, index) => ({
    key: feature.name,
    title: titles?.[index] ?? feature.name,
    value: rounded('mean' in feature ? feature.mean : feature.value),
    spread: rounded('mean' in feature ? feature.standardDeviation : feature.error),
  }));
  return {
    kind: 'bars',
    ...text,
    value,
    bars: bars.sort((one, other) => Math.abs(other.value) - Math.abs(one.value)),
  };
}

export interface HeatMapText extends SectionText {
  /** Labels are one for each row; pixels need none. */
  rows?: { title?: LocalizedText; labels?: LocalizedText[] };
  columns?: { title?: LocalizedText; labels?: LocalizedText[] };
}

/** A map of attributions, of what a patch hides, or of attention. Throws ArgumentError for labels that are not as many. */
export function heatMapSection(
  { shape: [height, width], values }: HeatMap,
  { rows, columns, value = {}, ...text }: HeatMapText,
): HeatMapSection {
  const axis = (count: number, given: HeatMapText['rows']): HeatMapSection['rows'] => {
    const { labels = [], ...title } = given ?? {};
    if (labels.length > 0 && labels.length !== count) {
      throw new ArgumentError(`heatMapSection: ${labels.length} labels for ${count} rows or columns.`);
    }
    return { ...title, count, labels };
  };
  return {
    kind: 'heat_map',
    ...text,
    value,
    rows: axis(height, rows),
    columns: axis(width, columns),
    values: values.map((number) => rounded(number)),
  };
}
