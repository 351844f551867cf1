import type { FieldError, JsonSchema } from 'azuraforge-dbmodels/contract';
import type { Translate } from '../../i18n/translate.ts';
import { fieldErrorText, validate } from '../../schema-form/validate.ts';
import type { Row } from './rows.ts';

/** A wrong field of the input as a sentence that says where it is; rows are counted from 1, as people do. */
export function problemText(error: FieldError, rows: Row[] | null, t: Translate): string {
  const at = /^rows(?:\.(\d+)(?:\.(.+))?)?$/.exec(error.path);
  const limit = error.params?.limit;
  if (!at) return fieldErrorText(error, t);
  const [, index, column] = at;
  if (index === undefined) {
    if (rows && typeof limit === 'number') {
      if (error.keyword === 'minItems') return t('rows.tooFew', { count: rows.length, needed: limit });
      if (error.keyword === 'maxItems') return t('rows.tooMany', { count: rows.length, allowed: limit });
    }
    return fieldErrorText(error, t);
  }
  const row = Number(index) + 1;
  const message = fieldErrorText(error, t);
  return column ? t('forecast.atRow', { row, column, message }) : t('forecast.atWholeRow', { row, message });
}

/** Everything that keeps this input from being sent, by the model's own schema. */
export function inputProblems(
  schema: JsonSchema,
  input: { steps: number; rows?: Row[] },
  t: Translate,
): string[] {
  return validate(schema, input).map((error) => problemText(error, input.rows ?? null, t));
}
