import type { JsonSchema, PredictionInput } from 'azuraforge-dbmodels/contract';
import type { Locale } from '../../i18n/locale.ts';
import { fieldsOf, schemaText } from '../../schema-form/field.ts';
import type { Field } from '../../schema-form/field.ts';
import type { InputColumn } from '../forecasts/input-schema.ts';
import type { Row } from '../forecasts/rows.ts';

/** A field of the input, and how it is asked for. */
export interface AskedField extends Field {
  look: 'plain' | 'text' | 'image' | 'sound';
}

/** What a list of rows asks for. */
export interface AskedRows {
  help: string | null;
  minimum: number;
  maximum: number | null;
  fields: AskedField[];
  columns: InputColumn[];
}

/** What a model's input schema asks for. */
export interface InputForm {
  fields: AskedField[];
  /** Null when the model takes no rows. */
  rows: AskedRows | null;
}

/** Longer texts get an area of several lines. */
const LONGEST_LINE = 250;

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

function lookOf(
  name: string,
  { type, maxLength, contentEncoding, contentMediaType }: JsonSchema,
): AskedField['look'] {
  if (type !== 'string') return 'plain';
  if (contentEncoding === 'base64') {
    // Where a schema does not say what the file is, its name does.
    const media = typeof contentMediaType === 'string' ? contentMediaType : name;
    if (/audio|sound/.test(media)) return 'sound';
    if (media.includes('image')) return 'image';
  }
  return typeof maxLength === 'number' && maxLength > LONGEST_LINE ? 'text' : 'plain';
}

function askedFields(schema: JsonSchema, locale: Locale): AskedField[] {
  const properties = record(schema.properties);
  const fields = fieldsOf(schema, locale).map((field): AskedField => {
    return { ...field, look: lookOf(field.path, record(properties[field.path])) };
  });
  // Nobody types pixels where an image can be given.
  const needed = typeof schema.minProperties === 'number' ? schema.minProperties : 0;
  const shown = fields.some(({ look }) => look === 'image')
    ? fields.filter(({ kind }) => kind !== 'numbers')
    : fields;
  const order = ['image', 'text', 'plain', 'sound'];
  const asked = needed >= shown.length ? shown.map((field) => ({ ...field, optional: false })) : shown;
  return asked.toSorted((one, other) => order.indexOf(one.look) - order.indexOf(other.look));
}

/** A forecaster is asked how many steps ahead. */
export function isForecaster({ properties }: JsonSchema): boolean {
  return record(properties).steps !== undefined;
}

export function inputForm(schema: JsonSchema, locale: Locale): InputForm {
  const { rows: stated, ...others } = record(schema.properties);
  const rows = record(stated);
  const items = record(rows.items);
  const fields = askedFields({ ...schema, properties: others }, locale);
  if (stated === undefined || items.properties === undefined) return { fields, rows: null };
  const asked = askedFields(items, locale);
  return {
    fields,
    rows: {
      help: schemaText(rows, 'description', locale),
      minimum: typeof rows.minItems === 'number' ? rows.minItems : 1,
      maximum: typeof rows.maxItems === 'number' ? rows.maxItems : null,
      fields: asked,
      columns: asked.map(({ path, kind, title, optional }) => ({
        name: path,
        kind: kind === 'number' || kind === 'integer' ? 'number' : 'text',
        title,
        required: !optional,
      })),
    },
  };
}

/** What the form holds before anybody types. */
export function initialValues(fields: AskedField[]): Row {
  return Object.fromEntries(
    fields
      .filter(({ defaultValue }) => defaultValue !== undefined)
      .map((field) => [field.path, field.defaultValue]),
  );
}

function filled(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== ''));
}

/** The input as it is sent: without what was left empty, and without rows that are empty altogether. */
export function inputOf(values: Row, rows: Row[] | null): PredictionInput {
  if (!rows) return filled(values);
  const given = rows.map(filled);
  const last = given.findLastIndex((row) => Object.keys(row).length > 0);
  return { ...filled(values), rows: given.slice(0, Math.max(last, 0) + 1) };
}

/** Paths of all fields in sight, where what is wrong with them can be said. */
export function shownPaths({ fields, rows }: InputForm, cards: number): ReadonlySet<string> {
  const inCards = Array.from({ length: cards }, (_, index) => [
    `rows.${index}`,
    ...(rows?.fields ?? []).map(({ path }) => `rows.${index}.${path}`),
  ]);
  return new Set([...fields.map(({ path }) => path), ...inCards.flat()]);
}
