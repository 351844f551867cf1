/** Something that a person can mend; the message says how, and is shown without a stack trace. */
export class Failure extends Error {
  override name = 'Failure';
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
