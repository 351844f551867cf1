const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** True for text that Postgres takes as a uuid; anything else names nothing. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
