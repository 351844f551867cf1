import type { LocalizedText, NoteSection, Report, ScoresSection } from 'azuraforge-dbmodels/contract';
import { tableLines } from '../table.ts';

const english = (text: LocalizedText): string => (typeof text === 'string' ? text : text.en);

function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return Math.abs(value) >= 1000 ? value.toFixed(1) : value.toPrecision(4);
}

/** What the report concludes, in one sentence; undefined when it says nothing. */
export function verdict(report: Report): string | undefined {
  const note = report.sections.find((section): section is NoteSection => section.kind === 'note');
  return note && `${english(note.title)}.`;
}

/** The model's errors beside the naive forecasts' on the same window, from the report's own table. */
export function scoreLines(report: Report): string[] {
  const scores = report.sections.find((section): section is ScoresSection => section.kind === 'scores');
  if (scores === undefined) {
    const { metric, model, naive, unit } = report.summary;
    return tableLines(
      [
        ['', unit ? `${metric} (${unit})` : metric],
        ['Model', number(model)],
        ['Naive', number(naive)],
      ],
      [1],
    );
  }
  const header = scores.rows.map(({ title }) => english(title));
  const lines = scores.columns.map(({ key, title, unit }) => [
    unit ? `${english(title)} (${unit})` : english(title),
    ...scores.rows.map(({ values }) => number(values[key])),
  ]);
  return tableLines(
    [['', ...header], ...lines],
    header.map((_, column) => column + 1),
  );
}
