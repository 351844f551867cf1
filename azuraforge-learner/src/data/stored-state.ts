import type { Static, TSchema } from 'typebox';
import { ModelFileError } from '../error.ts';
import { schemaProblems } from '../pipeline/schema-check.ts';

/** `value` as the schema says, once it fits. Throws ModelFileError that names what was read and the first wrong field. */
export function readStored<Schema extends TSchema>(
  what: string,
  schema: Schema,
  value: unknown,
): Static<Schema> {
  const [problem] = schemaProblems(schema, value);
  if (problem) {
    throw new ModelFileError(
      `The saved ${what} is damaged at ${problem.path || 'its root'}: ${problem.message} Save it again.`,
    );
  }
  return value as Static<Schema>;
}
