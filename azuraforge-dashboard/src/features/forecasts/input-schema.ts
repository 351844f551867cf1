import type { JsonSchema } from 'azuraforge-dbmodels/contract';
import { schemaText } from '../../schema-form/field.ts';
import type { Locale } from '../../i18n/locale.ts';

export interface InputColumn {
  name: string;
  kind: 'number' | 'text';
  title: string;
  required: boolean;
}

/** What a model's input schema asks for, as the forecast form needs it. */
export interface InputShape {
  steps: { minimum: number; maximum: number; initial: number };
  /** Null when the model takes no rows. */
  rows: { minimum: number; maximum: number | null; columns: InputColumn[] } | null;
}

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function isNumeric({ type }: JsonSchema): boolean {
  const types = Array.isArray(type) ? type : [type];
  return types.includes('number') || types.includes('integer');
}

export function inputShape(schema: JsonSchema, locale: Locale): InputShape {
  const properties = record(schema.properties);
  const steps = record(properties.steps);
  const rows = record(properties.rows);
  const item = record(rows.items);
  const required = Array.isArray(item.required) ? item.required : [];
  const columns = Object.entries(record(item.properties)).map(([name, value]): InputColumn => {
    const column = record(value);
    return {
      name,
      kind: isNumeric(column) ? 'number' : 'text',
      title: schemaText(column, 'title', locale) ?? name,
      required: required.includes(name),
    };
  });
  const minimum = number(steps.minimum) ?? 1;
  const maximum = number(steps.maximum) ?? Math.max(minimum, 1);
  return {
    steps: { minimum, maximum, initial: number(steps.default) ?? maximum },
    rows:
      properties.rows === undefined
        ? null
        : { minimum: number(rows.minItems) ?? 1, maximum: number(rows.maxItems), columns },
  };
}
