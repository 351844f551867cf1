import type { JsonSchema } from 'azuraforge-dbmodels/contract';
import { Compile } from 'typebox/compile';

/** A configuration schema that no form and no check can be made from; the message says what to mend. */
export class SchemaError extends Error {
  override name = 'SchemaError';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The defaults that stand in a schema, objects within objects included. TypeBox takes them only from its own types. */
function defaultsOf(schema: Record<string, unknown>): unknown {
  if ('default' in schema) return structuredClone(schema.default);
  if (!isObject(schema.properties)) return undefined;
  const fields = Object.entries(schema.properties).flatMap(([name, field]) => {
    const value = isObject(field) ? defaultsOf(field) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(fields);
}

/** Parses the text of a `configSchema` file and takes the default configuration from it. Throws SchemaError. */
export function readConfigSchema(text: string): { schema: JsonSchema; defaults: Record<string, unknown> } {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new SchemaError(`The configuration schema is not JSON: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  if (!isObject(schema) || schema.type !== 'object') {
    throw new SchemaError('The configuration schema must be a JSON Schema with "type": "object".');
  }
  let defaults: unknown;
  let problems: { instancePath: string; message: string }[];
  try {
    const validator = Compile(schema);
    defaults = defaultsOf(schema) ?? {};
    problems = validator.Errors(defaults);
  } catch (error) {
    throw new SchemaError(`The configuration schema cannot be compiled: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  const [problem] = problems;
  if (problem) {
    const field = problem.instancePath.slice(1).replaceAll('/', '.');
    throw new SchemaError(
      `The defaults in the configuration schema do not fit it: ${field ? `"${field}" ` : ''}${problem.message}. Give every required field a valid "default".`,
    );
  }
  return { schema, defaults: defaults as Record<string, unknown> };
}
