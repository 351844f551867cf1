import type { FieldError, JsonSchema } from 'azuraforge-dbmodels/contract';
import { Errors, type XSchema } from 'typebox/schema';
import { Settings } from 'typebox/system';
import { fieldError } from './schema/sentence.ts';

/** More would not help anybody who corrects a form or a table. */
const MAX_ERRORS = 50;

/**
 * In what `value` does not fit a JSON Schema, by the path of the form field; empty only when it fits.
 * Throws when the schema itself cannot be read.
 */
export function schemaErrors(schema: JsonSchema, value: unknown): FieldError[] {
  Settings.Set({ maxErrors: MAX_ERRORS });
  const [, errors] = Errors(schema as XSchema, value);
  const told = errors.filter((error) => {
    // Of a choice (a number or null, say) the branch of the right type tells more than the choice itself.
    if (IN_BRANCH.test(error.schemaPath)) return error.keyword !== 'type';
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') return true;
    return !errors.some((other) => isReasonOf(other, error));
  });
  // A closed object reports a foreign field twice: first as a schema that is `false`, then as `additionalProperties`.
  // Only the first is sure to be among the errors when there are many.
  const fields = new Map<string, FieldError>();
  for (const field of fieldErrors(told.length > 0 ? told : errors)) {
    const key = `${field.keyword} ${field.path}`;
    if (!fields.has(key)) fields.set(key, field);
  }
  return [...fields.values()].slice(0, MAX_ERRORS);
}

function fieldErrors(errors: SchemaError[]): FieldError[] {
  return errors.flatMap((error): FieldError[] => {
    const path = dotPath(error.instancePath);
    switch (error.keyword) {
      case 'boolean':
        return [fieldError(path, 'additionalProperties', { name: path.slice(path.lastIndexOf('.') + 1) })];
      case 'required':
        return error.params.requiredProperties.map((name) => fieldError(join(path, name), 'required'));
      case 'additionalProperties':
        return error.params.additionalProperties.map((name) =>
          fieldError(join(path, name), 'additionalProperties', { name }),
        );
      case 'enum':
        return [fieldError(path, 'enum', { allowed: error.params.allowedValues })];
      case 'const':
        return [fieldError(path, 'const', { allowed: error.params.allowedValue })];
      case 'pattern':
        return [fieldError(path, 'pattern', { pattern: String(error.params.pattern) })];
      default:
        return [fieldError(path, error.keyword, { ...error.params })];
    }
  });
}

/** The same schema, closed: a form field that it does not name is an error, even where its author forgot to say so. */
export function closed(schema: JsonSchema): JsonSchema {
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...schema, additionalProperties: false }
    : schema;
}

const IN_BRANCH = /\/(?:anyOf|oneOf)\/\d+/;

type SchemaError = ReturnType<typeof Errors>[1][number];

function isReasonOf(reason: SchemaError, choice: SchemaError): boolean {
  return (
    reason !== choice &&
    reason.keyword !== 'type' &&
    reason.keyword !== 'boolean' &&
    reason.instancePath.startsWith(choice.instancePath) &&
    reason.schemaPath.startsWith(`${choice.schemaPath}/${choice.keyword}/`)
  );
}

function dotPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);
