import type { FieldError } from 'azuraforge-dbmodels/contract';

const TYPE_NAMES: Record<string, string> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object with named fields',
  array: 'a list',
  null: 'empty',
};

type Params = Record<string, unknown>;

/** One sentence per JSON Schema keyword; the same keyword and params let a dashboard say it in another language. */
const SENTENCES: Record<string, (params: Params) => string> = {
  required: () => 'This field is missing.',
  additionalProperties: ({ name }) => `There is no field "${String(name)}"; remove it.`,
  type: ({ type }) =>
    `Must be ${[type]
      .flat()
      .map((name) => TYPE_NAMES[String(name)] ?? String(name))
      .join(' or ')}.`,
  minimum: ({ limit }) => `Must be at least ${String(limit)}.`,
  maximum: ({ limit }) => `Must be at most ${String(limit)}.`,
  exclusiveMinimum: ({ limit }) => `Must be more than ${String(limit)}.`,
  exclusiveMaximum: ({ limit }) => `Must be less than ${String(limit)}.`,
  multipleOf: ({ multipleOf }) => `Must be a multiple of ${String(multipleOf)}.`,
  minLength: ({ limit }) => `Needs at least ${String(limit)} characters.`,
  maxLength: ({ limit }) => `May have at most ${String(limit)} characters.`,
  minItems: ({ limit }) => `Needs at least ${String(limit)} entries.`,
  maxItems: ({ limit }) => `May have at most ${String(limit)} entries.`,
  uniqueItems: () => 'May not hold the same entry twice.',
  enum: ({ allowed }) => `Must be one of: ${[allowed].flat().join(', ')}.`,
  const: ({ allowed }) => `Must be ${JSON.stringify(allowed)}.`,
  pattern: ({ pattern }) => `Must match the pattern ${String(pattern)}.`,
  format: ({ format }) => `Must be a valid ${String(format)}.`,
  anyOf: () => 'Fits none of the allowed forms.',
  oneOf: () => 'Must fit exactly one of the allowed forms.',
};

/** A field error whose message follows from keyword and params. */
export function fieldError(path: string, keyword: string, params: Params = {}): FieldError {
  const message = SENTENCES[keyword]?.(params) ?? 'This value is not allowed.';
  return { path, message, keyword, ...(Object.keys(params).length > 0 && { params }) };
}
