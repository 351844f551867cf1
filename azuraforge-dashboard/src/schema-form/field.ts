import type { JsonSchema, LocalizedText } from 'azuraforge-dbmodels/contract';
import type { Locale } from '../i18n/locale.ts';

/** An end of a range; `exclusive` when the value itself is outside. */
export interface Limit {
  value: number;
  exclusive: boolean;
}

/** What a form shows for one property of a schema, in one language. */
export interface Field {
  /** Where the value lies in the config, in dot notation. */
  path: string;
  kind: 'integer' | 'number' | 'boolean' | 'string' | 'choice' | 'choices' | 'texts' | 'numbers';
  title: string;
  description: string | null;
  /** Null clears the value: the schema allows null or does not require the property. */
  optional: boolean;
  nullable: boolean;
  defaultValue: unknown;
  minimum: Limit | null;
  maximum: Limit | null;
  step: number | null;
  options: { value: string | number | boolean; label: string }[];
  advanced: boolean;
  group: string | null;
}

type Choice = Field['options'][number]['value'];

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function limit(inclusive: unknown, exclusive: unknown): Limit | null {
  const value = number(inclusive);
  if (value !== null) return { value, exclusive: false };
  const outside = number(exclusive);
  return outside === null ? null : { value: outside, exclusive: true };
}

function isChoice(value: unknown): value is Choice {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function textOf(value: unknown, locale: Locale): string | null {
  if (typeof value === 'string') return value;
  const translated = record(value) as Partial<Record<keyof Exclude<LocalizedText, string>, unknown>>;
  const text = translated[locale] ?? translated.en;
  return typeof text === 'string' ? text : null;
}

/** A text of a schema: its translation under `x-i18n`, else the text itself. */
export function schemaText(schema: JsonSchema, key: 'title' | 'description', locale: Locale): string | null {
  const translated = record(record(schema['x-i18n'])[locale])[key];
  return typeof translated === 'string' ? translated : textOf(schema[key], locale);
}

/** `hidden_size` and `hiddenSize` → `Hidden size`, for a property without a title. */
function titleFromName(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Splits `anyOf: [X, null]` into X and "may be null". */
function withoutNull(schema: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  if (Array.isArray(schema.type) && schema.type.includes('null')) {
    const types = schema.type.filter((type) => type !== 'null');
    return { schema: { ...schema, type: types.length === 1 ? types[0] : types }, nullable: true };
  }
  const variants = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(variants)) return { schema, nullable: false };
  const rest = variants.map(record).filter((variant) => variant.type !== 'null' && variant.const !== null);
  if (rest.length === variants.length) return { schema, nullable: false };
  const { anyOf: _anyOf, oneOf: _oneOf, ...outer } = schema;
  return rest.length === 1
    ? { schema: { ...rest[0], ...outer }, nullable: true }
    : { schema: { ...outer, anyOf: rest }, nullable: true };
}

function optionsOf(schema: JsonSchema, locale: Locale): Field['options'] {
  const labels = record(record(record(schema['x-i18n'])[locale]).enum);
  const label = (value: Choice, own: string | null): string => {
    const translated = labels[String(value)];
    return typeof translated === 'string' ? translated : (own ?? String(value));
  };
  if (Array.isArray(schema.enum)) {
    const titles = record(schema['x-enum-titles']);
    return schema.enum
      .filter(isChoice)
      .map((value) => ({ value, label: label(value, textOf(titles[String(value)], locale)) }));
  }
  const variants = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(variants)) return [];
  const constants = variants.map(record).filter((variant) => isChoice(variant.const));
  if (constants.length !== variants.length) return [];
  return constants.map((variant) => {
    const value = variant.const as Choice;
    return { value, label: label(value, schemaText(variant, 'title', locale)) };
  });
}

function kindOf(schema: JsonSchema, options: Field['options']): Field['kind'] | null {
  if (options.length > 0) return 'choice';
  switch (schema.type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'string':
      return schema.type;
    case 'array': {
      const items = record(schema.items);
      if (items.type === 'string') return 'texts';
      return items.type === 'number' || items.type === 'integer' ? 'numbers' : null;
    }
    default:
      return null;
  }
}

/**
 * The fields of a schema's object in the order of its properties; objects inside it become groups.
 * Properties of kinds that a form cannot show are left to their defaults.
 *
 * Beside the keywords of JSON Schema it reads `x-i18n` (translated texts), `x-advanced: true` (folded away) and
 * `x-group` (a title, or one per language, under which fields are gathered).
 */
export function fieldsOf(
  schema: JsonSchema,
  locale: Locale,
  at: { prefix: string; group: string | null; advanced: boolean } = {
    prefix: '',
    group: null,
    advanced: false,
  },
): Field[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(record(schema.properties)).flatMap(([name, value]): Field[] => {
    const { schema: property, nullable } = withoutNull(record(value));
    const path = at.prefix + name;
    const title = schemaText(property, 'title', locale) ?? titleFromName(name);
    const advanced = at.advanced || property['x-advanced'] === true;
    if (property.type === 'object' && property.properties) {
      return fieldsOf(property, locale, { prefix: `${path}.`, group: title, advanced });
    }
    if (property.const !== undefined) return [];
    const multiple = property.type === 'array';
    const options = optionsOf(multiple ? record(property.items) : property, locale);
    const kind = multiple && options.length > 0 ? 'choices' : kindOf(property, options);
    if (kind === null) return [];
    return [
      {
        path,
        kind,
        title,
        description: schemaText(property, 'description', locale),
        optional: nullable || !required.includes(name),
        nullable,
        defaultValue: property.default,
        minimum: limit(property.minimum, property.exclusiveMinimum),
        maximum: limit(property.maximum, property.exclusiveMaximum),
        step: number(property.multipleOf),
        options,
        advanced,
        group: textOf(property['x-group'], locale) ?? at.group,
      },
    ];
  });
}

/** Fields under one heading, in order of first appearance; fields without a group come first. */
export function groupsOf(fields: Field[]): { title: string | null; fields: Field[] }[] {
  const groups = new Map<string | null, Field[]>();
  if (fields.some((field) => field.group === null)) groups.set(null, []);
  for (const field of fields) groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  return [...groups].map(([title, members]) => ({ title, fields: members }));
}
