import type { Report } from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { CLOSED, nullable, Summary, Text, Time } from './common.ts';
import { shape } from './shape.ts';

const head = { id: Type.String(), title: Text, description: Type.Optional(Text) };
const unit = Type.Optional(Type.String());
const Values = Type.Array(nullable(Type.Number()));

const Scores = Type.Object(
  {
    ...head,
    kind: Type.Literal('scores'),
    columns: Type.Array(
      Type.Object(
        { key: Type.String(), title: Text, unit, better: Type.Enum(['lower', 'higher', 'none']) },
        CLOSED,
      ),
    ),
    rows: Type.Array(
      Type.Object(
        {
          key: Type.String(),
          title: Text,
          role: Type.Enum(['model', 'naive', 'seasonal_naive', 'other']),
          values: Type.Record(Type.String(), nullable(Type.Number())),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
);

const Chart = Type.Object(
  {
    ...head,
    kind: Type.Literal('chart'),
    x: Type.Object({ title: Type.Optional(Text), labels: Type.Array(Type.String()) }, CLOSED),
    y: Type.Object({ title: Type.Optional(Text), unit }, CLOSED),
    series: Type.Array(
      Type.Object(
        {
          key: Type.String(),
          title: Text,
          role: Type.Optional(Type.Enum(['actual', 'model', 'naive', 'seasonal_naive', 'other'])),
          values: Values,
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
);

const Measure = Type.Object({ title: Type.Optional(Text), unit }, CLOSED);

const Bars = Type.Object(
  {
    ...head,
    kind: Type.Literal('bars'),
    value: Measure,
    bars: Type.Array(
      Type.Object(
        { key: Type.String(), title: Text, value: Type.Number(), spread: nullable(Type.Number()) },
        CLOSED,
      ),
    ),
  },
  CLOSED,
);

const Axis = Type.Object(
  { title: Type.Optional(Text), count: Type.Integer(), labels: Type.Array(Text) },
  CLOSED,
);

const HeatMap = Type.Object(
  {
    ...head,
    kind: Type.Literal('heat_map'),
    value: Measure,
    rows: Axis,
    columns: Axis,
    values: Values,
  },
  CLOSED,
);

const Facts = Type.Object(
  {
    kind: Type.Literal('facts'),
    id: Type.String(),
    title: Text,
    items: Type.Array(
      Type.Object(
        { key: Type.String(), title: Text, value: Type.Union([Type.String(), Type.Number()]), unit },
        CLOSED,
      ),
    ),
  },
  CLOSED,
);

const Note = Type.Object(
  {
    kind: Type.Literal('note'),
    id: Type.String(),
    title: Text,
    tone: Type.Enum(['good', 'neutral', 'warning']),
    text: Text,
  },
  CLOSED,
);

const Pictures = Type.Object(
  {
    ...head,
    kind: Type.Literal('pictures'),
    items: Type.Array(
      Type.Object(
        {
          key: Type.String(),
          caption: Text,
          width: Type.Integer({ minimum: 1 }),
          height: Type.Integer({ minimum: 1 }),
          channels: Type.Union([Type.Literal(1), Type.Literal(3)]),
          pixels: Type.String({
            description: 'height × width × channels bytes in base64, the channels of a pixel together.',
          }),
          heat: Type.Optional(
            Type.Object(
              {
                rows: Type.Integer({ minimum: 1 }),
                columns: Type.Integer({ minimum: 1 }),
                values: Type.Array(Type.Number()),
              },
              {
                ...CLOSED,
                description:
                  'What speaks for the caption (above 0) or against it, on a grid over the picture.',
              },
            ),
          ),
        },
        CLOSED,
      ),
    ),
  },
  { ...CLOSED, description: 'Small pictures as bare pixels.' },
);

export const ReportSchema = shape<Report>()(
  Type.Object(
    {
      version: Type.Literal(1),
      pipeline_id: Type.String(),
      created_at: Time,
      summary: Summary,
      sections: Type.Array(Type.Union([Scores, Chart, Bars, HeatMap, Pictures, Facts, Note])),
    },
    { ...CLOSED, description: 'What a run found, as data that any client can draw.' },
  ),
);
