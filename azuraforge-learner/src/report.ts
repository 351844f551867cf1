/** Text that people read: one string for all languages, or one per language. */
export type LocalizedText = string | { en: string; tr: string };

/** Rows are competitors (the model, the baselines), columns are metrics. */
export interface ScoresSection {
  kind: 'scores';
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  columns: { key: string; title: LocalizedText; unit?: string; better: 'lower' | 'higher' | 'none' }[];
  /** `role` lets a reader find the model and its baselines whatever they are called. */
  rows: {
    key: string;
    title: LocalizedText;
    role: 'model' | 'naive' | 'seasonal_naive' | 'other';
    values: Record<string, number | null>;
  }[];
}

/** Lines over a shared x axis; `null` leaves a gap. */
export interface ChartSection {
  kind: 'chart';
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  x: { title?: LocalizedText; labels: string[] };
  y: { title?: LocalizedText; unit?: string };
  series: {
    key: string;
    title: LocalizedText;
    role?: 'actual' | 'model' | 'naive' | 'seasonal_naive' | 'other';
    values: (number | null)[];
  }[];
}

/** One bar for each thing: what matters how much. Bars point to the left below 0. */
export interface BarsSection {
  kind: 'bars';
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  value: { title?: LocalizedText; unit?: string };
  /** Top to bottom; `spread` is how far the value may be off, null where it is exact. */
  bars: { key: string; title: LocalizedText; value: number; spread: number | null }[];
}

/** Numbers on a grid, by colour; `null` leaves a hole. */
export interface HeatMapSection {
  kind: 'heat_map';
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  value: { title?: LocalizedText; unit?: string };
  /** Labels are one for each row or column, or none at all, as of pixels. */
  rows: { title?: LocalizedText; count: number; labels: LocalizedText[] };
  columns: { title?: LocalizedText; count: number; labels: LocalizedText[] };
  /** Row after row. */
  values: (number | null)[];
}

/** Short facts about data and run. */
export interface FactsSection {
  kind: 'facts';
  id: string;
  title: LocalizedText;
  items: { key: string; title: LocalizedText; value: string | number; unit?: string }[];
}

/** A verdict or a caveat in plain words. */
export interface NoteSection {
  kind: 'note';
  id: string;
  title: LocalizedText;
  tone: 'good' | 'neutral' | 'warning';
  text: LocalizedText;
}

/**
 * Small pictures with a caption each, as bare pixels: whoever shows them paints them, and no decoder of image files ever
 * sees them.
 */
export interface PicturesSection {
  kind: 'pictures';
  id: string;
  title: LocalizedText;
  description?: LocalizedText;
  items: {
    key: string;
    caption: LocalizedText;
    width: number;
    height: number;
    /** 1: gray; 3: red, green, blue. */
    channels: 1 | 3;
    /** `height × width × channels` bytes in base64, row after row, the channels of a pixel together. */
    pixels: string;
    /** What speaks for the caption (above 0) or against it, row after row on a grid over the whole picture. */
    heat?: { rows: number; columns: number; values: number[] };
  }[];
}

/** Of a picture or its heat, so that a report stays small; the platform refuses more. */
export const MAX_PICTURE_SIDE = 128;

/** Rows or columns of a heat map. */
export const MAX_HEAT_MAP_SIDE = 512;

export type ReportSection =
  | ScoresSection
  | ChartSection
  | BarsSection
  | HeatMapSection
  | PicturesSection
  | FactsSection
  | NoteSection;

/** Whether a model is better than the naive forecast by more than chance and more than a trifle. */
export type Verdict = 'better' | 'no_clear_difference' | 'worse';

/** Model against naive in one line, as lists show it. */
export interface ReportSummary {
  /** Name of the metric, e.g. `mae`. */
  metric: string;
  /** What the metric is called in the middle of a sentence, where its name says too little. */
  title?: LocalizedText;
  model: number;
  naive: number;
  unit?: string;
  verdict: Verdict;
}

/** `report.json`: what a run found, as data that any client can draw. */
export interface Report {
  version: 1;
  pipeline_id: string;
  created_at: string;
  /** The one comparison that a list shows. */
  summary: ReportSummary;
  sections: ReportSection[];
}
