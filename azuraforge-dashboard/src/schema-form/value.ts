type Config = Record<string, unknown>;

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What somebody types as a number, with a decimal point; a decimal comma is one in every language. */
export function typedNumber(text: string | undefined): string {
  return (text ?? '').trim().replace(',', '.');
}

/** What somebody types as a whole number: `1,024`, `1.024` and `1 024` are groups of digits, and no fraction. */
export function typedInteger(text: string | undefined): string {
  const trimmed = (text ?? '').trim();
  return /^[+-]?\d{1,3}(?:[.,\s]\d{3})+$/.test(trimmed)
    ? trimmed.replace(/[.,\s]/g, '')
    : typedNumber(trimmed);
}

/** The value at a path in dot notation; undefined when there is none. */
export function valueAt(config: Config, path: string): unknown {
  let value: unknown = config;
  for (const key of path.split('.')) {
    if (!isObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy of the config with another value at a path; `undefined` takes the property away. */
export function withValue(config: Config, path: string, value: unknown): Config {
  const [key = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner = config[key];
    return { ...config, [key]: withValue(isObject(inner) ? inner : {}, rest.join('.'), value) };
  }
  if (value !== undefined) return { ...config, [key]: value };
  const { [key]: _removed, ...others } = config;
  return others;
}
