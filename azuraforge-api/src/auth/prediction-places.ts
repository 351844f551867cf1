import { ApiError } from '../error.ts';

/** Predictions that one account may have under way: each may hold a body of many mebibytes. */
const MOST_AT_ONCE = 4;

/** Counts the predictions of each account that are under way in this process. */
export class PredictionPlaces {
  readonly #taken = new Map<string, number>();

  /** Takes a place and returns what gives it back; throws TOO_MANY_REQUESTS when the account has no more. */
  take(userId: string): () => void {
    const taken = this.#taken.get(userId) ?? 0;
    if (taken >= MOST_AT_ONCE) {
      throw new ApiError(
        'TOO_MANY_REQUESTS',
        `One account may ask for ${MOST_AT_ONCE} predictions at once; wait for an answer, then try again.`,
        { headers: { 'Retry-After': '5' } },
      );
    }
    this.#taken.set(userId, taken + 1);
    return () => {
      const rest = this.#taken.get(userId)! - 1;
      if (rest > 0) this.#taken.set(userId, rest);
      else this.#taken.delete(userId);
    };
  }
}
