import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import type { FieldProblem } from '../error.ts';

/** More would not help anybody who corrects a form or a table. */
const MAX_PROBLEMS = 200;

/** In what `value` does not fit the schema, up to 200 problems; empty only when it fits. Messages are whole sentences. */
export function schemaProblems(schema: TSchema, value: unknown): FieldProblem[] {
  const before = Settings.Get().maxErrors;
  Settings.Set({ maxErrors: MAX_PROBLEMS });
  const errors = Errors(schema, value);
  Settings.Set({ maxErrors: before });
  // A closed object reports a foreign key twice: first as a schema that is false, then as `additionalProperties`.
  // Only the first is sure to be among the errors when there are many.
  const problems = new Map<string, FieldProblem>();
  for (const problem of problemsOf(errors)) {
    const key = `${problem.keyword} ${problem.path}`;
    if (!problems.has(key)) problems.set(key, problem);
  }
  return [...problems.values()].slice(0, MAX_PROBLEMS);
}

function problemsOf(errors: SchemaError[]): FieldProblem[] {
  return errors.flatMap((error): FieldProblem[] => {
    const path = dotPath(error.instancePath);
    switch (error.keyword) {
      case 'boolean':
        return [unknownField(path, path.slice(path.lastIndexOf('.') + 1))];
      case 'required':
        return error.params.requiredProperties.map((name) => ({
          path: joinPath(path, name),
          message: 'This field is missing.',
          keyword: 'required',
        }));
      case 'additionalProperties':
        return error.params.additionalProperties.map((name) => unknownField(joinPath(path, name), name));
      default:
        return [{ path, ...sentence(error), keyword: error.keyword }];
    }
  });
}

function unknownField(path: string, name: string): FieldProblem {
  return { path, message: `There is no field "${name}".`, keyword: 'additionalProperties' };
}

type SchemaError = ReturnType<typeof Errors>[number];

function sentence(error: SchemaError): Pick<FieldProblem, 'message' | 'params'> {
  switch (error.keyword) {
    case 'minimum':
      return { message: `Must be at least ${error.params.limit}.`, params: { limit: error.params.limit } };
    case 'maximum':
      return { message: `Must be at most ${error.params.limit}.`, params: { limit: error.params.limit } };
    case 'exclusiveMinimum':
      return { message: `Must be more than ${error.params.limit}.`, params: { limit: error.params.limit } };
    case 'exclusiveMaximum':
      return { message: `Must be less than ${error.params.limit}.`, params: { limit: error.params.limit } };
    case 'minItems':
      return {
        message: `Needs at least ${error.params.limit} ${error.instancePath.endsWith('/rows') ? 'rows' : 'values'}.`,
        params: { limit: error.params.limit },
      };
    case 'maxItems':
      return {
        message: `Takes at most ${error.params.limit} entries.`,
        params: { limit: error.params.limit },
      };
    case 'enum': {
      const allowed = error.params.allowedValues;
      return { message: `Must be one of: ${allowed.join(', ')}.`, params: { allowed } };
    }
    case 'type':
      return {
        message: `Must be ${TYPE_NAME[String(error.params.type)] ?? error.params.type}.`,
        params: { type: error.params.type },
      };
    default:
      return { message: `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.` };
  }
}

const TYPE_NAME: Record<string, string> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object with named fields',
  array: 'a list',
};

function dotPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

const joinPath = (path: string, name: string): string => (path ? `${path}.${name}` : name);
