/**
 * JSON text that Postgres accepts as `jsonb`. It refuses NUL and lone surrogates, which a plugin's log line may
 * well hold; they become U+FFFD. `JSON.stringify` writes both as lower-case escapes, in keys and in values.
 */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\\(?:u0000|ud[89a-f][\da-f]{2}|.)/g, (escape) =>
    escape.length === 6 ? '\\ufffd' : escape,
  );
}
