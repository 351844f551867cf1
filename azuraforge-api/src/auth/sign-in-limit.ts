import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../error.ts';
import type { RedisConnection } from '../redis.ts';

/** Attempts to sign in, right or wrong, that one address has within a minute. */
const ADDRESS = { keyPrefix: 'azuraforge:limit:sign-in:address', points: 60, duration: 60 };
/** Wrong passwords that one account has from one address within five minutes: guessing from elsewhere locks nobody out. */
const ACCOUNT = { keyPrefix: 'azuraforge:limit:sign-in:account', points: 10, duration: 300 };

/** Slows down the guessing of passwords. Counts in Redis, and in memory while Redis is away. */
export class SignInLimit {
  readonly #address: RateLimiterRedis;
  readonly #account: RateLimiterRedis;

  constructor(redis: RedisConnection) {
    const limiter = (options: typeof ADDRESS) =>
      new RateLimiterRedis({
        ...options,
        storeClient: redis.client,
        useRedisPackage: true,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    this.#address = limiter(ADDRESS);
    this.#account = limiter(ACCOUNT);
  }

  /** Counts one attempt of an address; throws TOO_MANY_REQUESTS when it had too many. */
  async countAddress(address: string): Promise<void> {
    await counted(this.#address.consume(address));
  }

  /** Throws TOO_MANY_REQUESTS when the account had too many wrong passwords from this address. */
  async requireUnlocked(address: string, username: string): Promise<void> {
    const failures = await this.#account.get(accountKey(address, username));
    if (failures && failures.consumedPoints >= ACCOUNT.points) throw tooMany(failures);
  }

  async failed(address: string, username: string): Promise<void> {
    await this.#account.penalty(accountKey(address, username));
  }

  async succeeded(address: string, username: string): Promise<void> {
    await this.#account.delete(accountKey(address, username));
  }
}

async function counted(consumed: Promise<RateLimiterRes>): Promise<void> {
  try {
    await consumed;
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? tooMany(refusal) : refusal;
  }
}

function tooMany({ msBeforeNext }: RateLimiterRes): ApiError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new ApiError('TOO_MANY_REQUESTS', `Too many attempts to sign in; try again in ${seconds} seconds.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

/** A digest, so that keys in Redis are short and name nobody. */
function accountKey(address: string, username: string): string {
  return createHash('sha256').update(`${address}\n${username.toLowerCase()}`).digest('base64url');
}
