import { type Report, VERDICTS } from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const localized = Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() })]);
const head = { id: Type.String(), title: localized };
const described = { ...head, description: Type.Optional(localized) };
const unit = Type.Optional(Type.String());
const gaps = Type.Union([Type.Number(), Type.Null()]);

const measure = Type.Object({ title: Type.Optional(localized), unit });
const axis = Type.Object({
  title: Type.Optional(localized),
  count: Type.Integer({ minimum: 1 }),
  labels: Type.Array(localized),
});

const summary = Type.Object({
  metric: Type.String(),
  model: Type.Number(),
  naive: Type.Number(),
  unit,
  verdict: Type.Enum([...VERDICTS]),
});

const section = Type.Union([
  Type.Object({
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
  Type.Object({
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
  Type.Object({
    kind: Type.Literal('bars'),
    ...described,
    value: measure,
    bars: Type.Array(
      Type.Object({ key: Type.String(), title: localized, value: Type.Number(), spread: gaps }),
    ),
  }),
  Type.Object({
    kind: Type.Literal('heat_map'),
    ...described,
    value: measure,
    rows: axis,
    columns: axis,
    values: Type.Array(gaps),
  }),
  Type.Object({
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
  Type.Object({
    kind: Type.Literal('note'),
    ...head,
    tone: Type.Enum(['good', 'neutral', 'warning']),
    text: localized,
  }),
]);

const reportSchema = Type.Object({
  version: Type.Literal(1),
  pipeline_id: Type.String(),
  created_at: Type.String(),
  summary,
  sections: Type.Array(section),
});

const depth = ({ instancePath }: { instancePath: string }): number => instancePath.split('/').length;

/** The report, when every client can draw it; else what is wrong with it. */
export function checkReport(value: unknown): { report: Report } | { problem: string } {
  if (Value.Check(reportSchema, value)) return { report: value };
  // A union reports that its other kinds do not fit either; the deepest of the rest tells most.
  const errors = Value.Errors(reportSchema, value).filter(({ keyword }) => keyword !== 'const');
  const [deepest] = errors.sort((a, b) => depth(b) - depth(a));
  const path = deepest?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  return { problem: `${path ? `"${path}" ` : ''}${deepest?.message ?? 'is malformed'}` };
}
