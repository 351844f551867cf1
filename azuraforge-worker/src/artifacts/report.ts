import {
  MAX_HEAT_MAP_SIDE,
  MAX_PICTURE_SIDE,
  type Report,
  type ReportSection,
  VERDICTS,
} from 'azuraforge-dbmodels/contract';
import { type TObject, Type } from 'typebox';
import { Value } from 'typebox/value';

const localized = Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() })]);
const head = { id: Type.String(), title: localized };
const described = { ...head, description: Type.Optional(localized) };
const unit = Type.Optional(Type.String());
const gaps = Type.Union([Type.Number(), Type.Null()]);

const measure = Type.Object({ title: Type.Optional(localized), unit });
const axis = Type.Object({
  title: Type.Optional(localized),
  count: Type.Integer({ minimum: 1, maximum: MAX_HEAT_MAP_SIDE }),
  labels: Type.Array(localized, { maxItems: MAX_HEAT_MAP_SIDE }),
});

const summary = Type.Object({
  metric: Type.String(),
  title: Type.Optional(localized),
  model: Type.Number(),
  naive: Type.Number(),
  unit,
  verdict: Type.Enum([...VERDICTS]),
});

/** Whole base64, which every decoder takes. */
const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
const side = Type.Integer({ minimum: 1, maximum: MAX_PICTURE_SIDE });

/** What clients can draw, by kind. */
const SECTIONS = {
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
  bars: Type.Object({
    kind: Type.Literal('bars'),
    ...described,
    value: measure,
    bars: Type.Array(
      Type.Object({ key: Type.String(), title: localized, value: Type.Number(), spread: gaps }),
    ),
  }),
  heat_map: Type.Object({
    kind: Type.Literal('heat_map'),
    ...described,
    value: measure,
    rows: axis,
    columns: axis,
    values: Type.Array(gaps, { maxItems: MAX_HEAT_MAP_SIDE ** 2 }),
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
        pixels: Type.String({ maxLength: 4 * MAX_PICTURE_SIDE ** 2, pattern: BASE64 }),
        heat: Type.Optional(
          Type.Object({
            rows: side,
            columns: side,
            values: Type.Array(Type.Number(), { maxItems: MAX_PICTURE_SIDE ** 2 }),
          }),
        ),
      }),
      { maxItems: 100 },
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
} satisfies Record<ReportSection['kind'], TObject>;

const frame = Type.Object({
  version: Type.Literal(1),
  pipeline_id: Type.String(),
  created_at: Type.String(),
  summary,
  sections: Type.Array(Type.Object({ kind: Type.Enum(Object.keys(SECTIONS)) })),
});

/** The report, when every client can draw it; else what is wrong with it. */
export function checkReport(value: unknown): { report: Report } | { problem: string } {
  const problem = problemOf(frame, value, '') ?? sectionProblem((value as Report).sections);
  return problem === null ? { report: value as Report } : { problem };
}

function sectionProblem(sections: readonly ReportSection[]): string | null {
  for (const [index, section] of sections.entries()) {
    const at = `sections/${index}`;
    const problem = problemOf(SECTIONS[section.kind], section, at) ?? pictureProblem(section, at);
    if (problem !== null) return problem;
  }
  return null;
}

function pictureProblem(section: ReportSection, at: string): string | null {
  if (section.kind !== 'pictures') return null;
  for (const [index, { width, height, channels, pixels }] of section.items.entries()) {
    const [held, due] = [Buffer.byteLength(pixels, 'base64'), width * height * channels];
    if (held !== due) return `${pathOf(`${at}/items/${index}/pixels`)}must hold ${due} bytes, not ${held}`;
  }
  return null;
}

const depth = ({ instancePath }: { instancePath: string }): number => instancePath.split('/').length;

function problemOf(schema: TObject, value: unknown, at: string): string | null {
  if (Value.Check(schema, value)) return null;
  // A union also says that the whole fits none of its forms; the deepest problem tells most.
  const [deepest] = Value.Errors(schema, value).sort((a, b) => depth(b) - depth(a));
  return `${pathOf(at + (deepest?.instancePath ?? ''))}${deepest?.message ?? 'is malformed'}`;
}

/** The beginning of a sentence about what is there; nothing for the whole. */
function pathOf(pointer: string): string {
  const path = pointer.replace(/^\//, '').replaceAll('/', '.');
  return path && `"${path}" `;
}
