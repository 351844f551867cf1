import { Errors } from 'typebox/schema';
import { Settings } from 'typebox/system';
import type { FieldError, JsonSchema } from 'azuraforge-dbmodels/contract';
import type { Translate } from '../i18n/translate.ts';

/** Enough for every field of a form and for a pasted table, without filling the memory. */
const MAX_ERRORS = 200;

/** `/layers/0/size` → `layers.0.size` */
function dotPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/**
 * Checks a value against a JSON Schema without generating code, so that no content security policy is in the way.
 * One error per path, the first that was found; a missing property is an error of that property.
 */
export function validate(schema: JsonSchema, value: unknown): FieldError[] {
  const before = Settings.Get().maxErrors;
  Settings.Set({ maxErrors: MAX_ERRORS });
  const [valid, found] = Errors(schema, value);
  Settings.Set({ maxErrors: before });
  if (valid) return [];

  const errors = new Map<string, FieldError>();
  const add = (error: FieldError): void => {
    if (!errors.has(error.path)) errors.set(error.path, error);
  };
  for (const { keyword, instancePath, params, message } of found) {
    const path = dotPath(instancePath);
    const values = params as Record<string, unknown>;
    if (keyword === 'required' && Array.isArray(values.requiredProperties)) {
      for (const name of values.requiredProperties) {
        add({ path: join(path, String(name)), message: 'must be present', keyword: 'required' });
      }
    } else if (keyword === 'additionalProperties' && Array.isArray(values.additionalProperties)) {
      for (const name of values.additionalProperties) {
        add({ path: join(path, String(name)), message: 'is not known', keyword: 'additionalProperties' });
      }
    } else if (keyword !== 'boolean') {
      add({ path, message, keyword, params: values });
    }
  }
  return [...errors.values()];
}

/** The sentence for a wrong field in the reader's language; the server's own words for keywords unknown here. */
export function fieldErrorText(error: FieldError, t: Translate): string {
  const params = error.params ?? {};
  const limit = typeof params.limit === 'number' ? params.limit : null;
  switch (error.keyword) {
    case 'required':
      return t('invalid.required');
    case 'type':
      if (params.type === 'integer') return t('invalid.integer');
      return params.type === 'number' ? t('invalid.number') : t('invalid.type');
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return limit === null ? t('invalid.other') : t(`invalid.${error.keyword}`, { limit });
    case 'multipleOf':
      return typeof params.multipleOf === 'number'
        ? t('invalid.multipleOf', { limit: params.multipleOf })
        : t('invalid.other');
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
      return limit === null ? t('invalid.other') : t(`invalid.${error.keyword}`, { count: limit });
    case 'uniqueItems':
      return t('invalid.uniqueItems');
    case 'enum':
    case 'const':
    case 'anyOf':
    case 'oneOf':
      return t('invalid.choice');
    case 'format':
      return params.format === 'date' ? t('invalid.date') : t('invalid.pattern');
    case 'pattern':
      return t('invalid.pattern');
    case 'order':
      return t('invalid.order');
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return t('invalid.unknown');
    default:
      return error.message || t('invalid.other');
  }
}
