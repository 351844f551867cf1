import { MAX_PICTURE_SIDE, type Report, type ReportSection, VERDICTS } from 'azuraforge-dbmodels/contract';
import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const localized = Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() })]);
const head = { id: Type.String(), title: localized };
const described = { ...head, description: Type.Optional(localized) };
const unit = Type.Optional(Type.String());
const gaps = Type.Union([Type.Number(), Type.Null()]);

const summary = Type.Object({
  metric: Type.String(),
  title: Type.Optional(localized),
  model: Type.Number(),
  naive: Type.Number(),
  unit,
  verdict: Type.Enum([...VERDICTS]),
});

const side = Type.Integer({ minimum: 1, maximum: MAX_PICTURE_SIDE });

/** What a section of each kind holds. */
const sections = {
  scores: Type.Object({
    kind: Type.Literal('scores'),
    ...described,
    columns: Type.Array(
      Type.Object({
        key: Type.String(),
        title: localized,
        unit,
        better: Type.Enum(['lower', 'higher', 'none']),
      }),
    ),
    rows: Type.Array(
      Type.Object({
        key: Type.String(),
        title: localized,
        role: Type.Enum(['model', 'naive', 'seasonal_naive', 'other']),
        values: Type.Record(Type.String(), gaps),
      }),
    ),
  }),
  chart: Type.Object({
    kind: Type.Literal('chart'),
    ...described,
    x: Type.Object({ title: Type.Optional(localized), labels: Type.Array(Type.String()) }),
    y: Type.Object({ title: Type.Optional(localized), unit }),
    series: Type.Array(
      Type.Object({
        key: Type.String(),
        title: localized,
        role: Type.Optional(Type.Enum(['actual', 'model', 'naive', 'seasonal_naive', 'other'])),
        values: Type.Array(gaps),
      }),
    ),
  }),
  facts: Type.Object({
    kind: Type.Literal('facts'),
    ...head,
    items: Type.Array(
      Type.Object({
        key: Type.String(),
        title: localized,
        value: Type.Union([Type.String(), Type.Number()]),
        unit,
      }),
    ),
  }),
  note: Type.Object({
    kind: Type.Literal('note'),
    ...head,
    tone: Type.Enum(['good', 'neutral', 'warning']),
    text: localized,
  }),
  pictures: Type.Object({
    kind: Type.Literal('pictures'),
    ...described,
    items: Type.Array(
      Type.Object({
        key: Type.String(),
        caption: localized,
        width: side,
        height: side,
        channels: Type.Union([Type.Literal(1), Type.Literal(3)]),
        pixels: Type.String({ maxLength: 4 * MAX_PICTURE_SIDE ** 2, pattern: '^[A-Za-z0-9+/]*={0,2}$' }),
      }),
      { maxItems: 100 },
    ),
  }),
};

const frame = {
  version: Type.Literal(1),
  pipeline_id: Type.String(),
  created_at: Type.String(),
  summary,
};

/** A report but for what its sections hold. */
const outlineSchema = Type.Object({
  ...frame,
  sections: Type.Array(Type.Object({ kind: Type.Enum(Object.keys(sections) as ReportSection['kind'][]) })),
});

const reportSchema = Type.Object({
  ...frame,
  sections: Type.Array(
    Type.Union([sections.scores, sections.chart, sections.facts, sections.note, sections.pictures]),
  ),
});

/** The report, when every client can draw it; else what is wrong with it. */
export function checkReport(value: unknown): { report: Report } | { problem: string } {
  if (Value.Check(reportSchema, value)) return { report: value };
  return { problem: problemOf(value) ?? 'is malformed' };
}

/** Section by section: a union would only say that no kind of section fits. */
function problemOf(value: unknown): string | undefined {
  if (!Value.Check(outlineSchema, value)) return firstProblem(outlineSchema, value, '');
  return value.sections
    .map((section, index) => firstProblem(sections[section.kind], section, `/sections/${index}`))
    .find((problem) => problem !== undefined);
}

function firstProblem(schema: TSchema, value: unknown, place: string): string | undefined {
  const [first] = Value.Errors(schema, value);
  if (!first) return undefined;
  const path = `${place}${first.instancePath}`.slice(1).replaceAll('/', '.');
  return `${path ? `"${path}" ` : ''}${first.message}`;
}
