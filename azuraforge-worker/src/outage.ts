import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { type Log, reasonOf } from './log.ts';

const RETRY_DELAYS_MS = [50, 100, 250, 500, 1000];

/** SQLSTATE classes of a server that is away, starting, stopping or overloaded, and of a lost race; then the network. */
const PASSING_CODE =
  /^(?:08|40|53|57)|^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

const PASSING_MESSAGE =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|not currently accepting/i;

/** What TypeORM says in a transaction whose connection broke between two statements. */
const LOST_TRANSACTION = /^QueryRunner(?:Provider)?AlreadyReleasedError$/;

/** True when Postgres may well do the same thing later. */
export function isOutage(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return PASSING_CODE.test(code) || PASSING_MESSAGE.test(error.message) || LOST_TRANSACTION.test(error.name);
}

/** Runs `act` again and again while Postgres is away; other errors, and the stop of `signal`, end it. */
export async function throughOutages<T>(
  what: string,
  act: (retrying: boolean) => Promise<T>,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await act(attempt > 0);
    } catch (error) {
      if (!isOutage(error) || signal.aborted) throw error;
      if (attempt === 0) log.warn(`Postgres cannot be reached; ${what} waits`, { reason: reasonOf(error) });
      await sleep(RETRY_DELAYS_MS[attempt] ?? 2000, undefined, { signal }).catch(() => {});
    }
  }
}
