import { hash, verify } from '@node-rs/argon2';
import { ApiError } from '../error.ts';

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. argon2id is the library's default variant. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing shares four threads with file and DNS work; two at once leave room for the rest. */
const AT_ONCE = 2;
const MOST_WAITING = 100;

export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2ID);
}

/** Checks passwords, a few at a time, in the same time whether or not the account exists. */
export class PasswordCheck {
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #decoy: Promise<string> | undefined;

  /** False for a wrong password, and for no account (`stored` null). Throws TOO_MANY_REQUESTS when too many wait. */
  async matches(stored: string | null, password: string): Promise<boolean> {
    await this.#enter();
    try {
      this.#decoy ??= hashPassword('no account has this password');
      const matched = await verify(stored ?? (await this.#decoy), password);
      return matched && stored !== null;
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      throw new ApiError(
        'TOO_MANY_REQUESTS',
        'Too many people sign in right now; try again in a few seconds.',
        {
          headers: { 'Retry-After': '5' },
        },
      );
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
