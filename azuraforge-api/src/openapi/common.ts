import {
  ERROR_STATUS,
  type ErrorCode,
  type ErrorEnvelope,
  type FieldError,
  type JsonSchema as JsonSchemaType,
  type LocalizedText,
  VERDICTS,
} from 'azuraforge-dbmodels/contract';
import { Type, type TSchema } from 'typebox';
import { shape } from './shape.ts';

/** Every object of the API names all its fields. */
export const CLOSED = { additionalProperties: false } as const;

export const Id = Type.String({ format: 'uuid' });
export const Time = Type.String({ format: 'date-time' });
export const Seq = Type.Integer({ minimum: 0 });

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

export const JsonSchema = shape<JsonSchemaType>()(
  Type.Record(Type.String(), Type.Unknown(), { description: 'A JSON Schema (draft 2020-12).' }),
);

export const Text = shape<LocalizedText>()(
  Type.Union([Type.String(), Type.Object({ en: Type.String(), tr: Type.String() }, CLOSED)], {
    description: 'One text for all languages, or one per language.',
  }),
);

export const Summary = Type.Object(
  {
    metric: Type.String({ description: 'Name of the metric, e.g. mae.' }),
    title: Type.Optional(Text),
    model: Type.Number(),
    naive: Type.Number(),
    unit: Type.Optional(Type.String()),
    verdict: Type.Enum([...VERDICTS], {
      description: 'Whether the difference is more than chance and more than a trifle.',
    }),
  },
  { ...CLOSED, description: 'Model against naive forecast on the same test window.' },
);

const FieldErrorSchema = shape<FieldError>()(
  Type.Object(
    {
      path: Type.String({ description: 'The form field in dot notation; empty for the whole body.' }),
      message: Type.String(),
      keyword: Type.Optional(Type.String({ description: 'JSON Schema keyword, for translation.' })),
      params: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), { description: 'Values that the message names.' }),
      ),
    },
    CLOSED,
  ),
);

const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

export const ErrorEnvelopeSchema = shape<ErrorEnvelope>()(
  Type.Object(
    {
      error: Type.Object(
        {
          code: Type.Enum(CODES),
          message: Type.String({ description: 'A sentence that says what to do.' }),
          details: Type.Optional(Type.Array(FieldErrorSchema)),
          request_id: Type.String({ description: 'Also in the header X-Request-Id.' }),
        },
        CLOSED,
      ),
    },
    { ...CLOSED, description: 'The one shape of every error.' },
  ),
);

export function pageOf<S extends TSchema>(item: S) {
  return Type.Object(
    {
      items: Type.Array(item),
      next_cursor: nullable(Type.String({ description: 'Pass it back as cursor for the next page.' })),
    },
    CLOSED,
  );
}
