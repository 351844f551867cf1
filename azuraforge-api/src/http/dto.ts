import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import type { ErrorCode, FieldError, JsonSchema } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../error.ts';
import { fieldError } from '../schema/sentence.ts';

/** A class whose fields carry the decorators of class-validator. */
export type Dto<T extends object> = new () => T;

type Constraint = (values: readonly unknown[]) => JsonSchema;

/** The decorators in use, as JSON Schema: one source for checks, messages and the API's description. */
const CONSTRAINTS: Record<string, Constraint> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isObject: () => ({ type: 'object' }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  minLength: ([minLength]) => ({ minLength }),
  maxLength: ([maxLength]) => ({ maxLength }),
  isIn: ([values]) => ({ enum: values }),
  matches: ([pattern]) => ({ pattern: pattern instanceof RegExp ? pattern.source : String(pattern) }),
};

interface Rule {
  name: string;
  schema: JsonSchema;
}

interface Field {
  optional: boolean;
  rules: Rule[];
}

/** The JSON Schema that the decorators of a DTO amount to. */
export function dtoSchema(dto: Dto<object>): JsonSchema {
  const fields = [...fieldsOf(dto)];
  const properties = fields.map(([name, { rules }]) => [
    name,
    Object.assign({}, ...rules.map((rule) => rule.schema)),
  ]);
  const required = fields.filter(([, field]) => !field.optional).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** The parsed body, known to be an object; throws an error with `code` when it is none. */
export function requireObject(body: unknown, code: ErrorCode): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const details = [fieldError('', 'type', { type: 'object' })];
    throw new ApiError(code, 'The body must be a JSON object.', { details });
  }
  return body;
}

/** Checks the fields of a body; throws an error with `code` that names every wrong field. */
export async function readBody<T extends object>(dto: Dto<T>, body: object, code: ErrorCode): Promise<T> {
  const message = 'The body does not fit; correct the fields named in the details.';
  return check(dto, Object.entries(body), code, message);
}

/** Checks query parameters, which arrive as text; a parameter that was given twice is refused. */
export async function readQuery<T extends object>(dto: Dto<T>, query: Record<string, unknown>): Promise<T> {
  const fields = fieldsOf(dto);
  const entries = Object.entries(query).map(([name, text]): [string, unknown] => {
    const isNumber = fields.get(name)?.rules.some((rule) => rule.schema.type === 'integer');
    return [name, isNumber && typeof text === 'string' && text.trim() !== '' ? Number(text) : text];
  });
  const message = 'The query does not fit; correct the parameters named in the details.';
  return check(dto, entries, 'VALIDATION_FAILED', message);
}

async function check<T extends object>(
  dto: Dto<T>,
  entries: [string, unknown][],
  code: ErrorCode,
  message: string,
): Promise<T> {
  const instance = new dto();
  // Defined, not assigned: a field called __proto__ stays a field, and is refused as an unknown one.
  for (const [name, value] of entries) {
    Object.defineProperty(instance, name, { value, enumerable: true, configurable: true, writable: true });
  }
  const fields = fieldsOf(dto);
  const foreign = entries.map(([name]) => name).filter((name) => !fields.has(name));
  // IsOptional lets null pass, but a field may only be left out.
  const nulls = entries.filter(([name, value]) => value === null && fields.get(name)?.optional);
  const errors = await validate(instance, { forbidUnknownValues: true });
  const details = [
    ...nulls.flatMap(([name]) =>
      fields
        .get(name)!
        .rules.slice(0, 1)
        .map((rule) => ruleError(name, rule.schema)),
    ),
    ...foreign.map((name) => fieldError(name, 'additionalProperties', { name })),
    ...errors.flatMap((error) => fieldErrors(error, fields.get(error.property))),
  ];
  if (details.length > 0) throw new ApiError(code, message, { details });
  return instance;
}

function fieldErrors({ property, value, constraints = {} }: ValidationError, field?: Field): FieldError[] {
  if (value === undefined) return [fieldError(property, 'required')];
  const broken = (field?.rules ?? []).filter((rule) => rule.name in constraints);
  // A number where text belongs breaks its length too; the type says it all.
  const told = broken.filter((rule) => 'type' in rule.schema);
  return (told.length > 0 ? told : broken).map((rule) => ruleError(property, rule.schema));
}

const PARAM_NAMES: Record<string, string> = { type: 'type', enum: 'allowed', pattern: 'pattern' };

function ruleError(path: string, schema: JsonSchema): FieldError {
  const [[keyword, value] = ['', undefined]] = Object.entries(schema);
  return fieldError(path, keyword, { [PARAM_NAMES[keyword] ?? 'limit']: value });
}

function fieldsOf(dto: Dto<object>): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const metadata of getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)) {
    const field = fields.get(metadata.propertyName) ?? { optional: false, rules: [] };
    fields.set(metadata.propertyName, field);
    if (metadata.name === 'isOptional') {
      field.optional = true;
      continue;
    }
    const schema = CONSTRAINTS[metadata.name ?? '']?.(metadata.constraints ?? []);
    if (!schema)
      throw new TypeError(
        `${dto.name}.${metadata.propertyName} has a decorator that http/dto.ts does not know.`,
      );
    field.rules.push({ name: metadata.name!, schema });
  }
  return fields;
}
