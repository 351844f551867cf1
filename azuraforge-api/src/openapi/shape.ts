import type { Static, TSchema } from 'typebox';

type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never;

/**
 * A JSON Schema that the compiler has compared with a type of the wire contract: `shape<T>()(schema)` does not compile
 * when one allows what the other does not.
 */
export function shape<T>(): <S extends TSchema>(schema: S & Fits<Static<S>, T>) => S {
  return (schema) => schema;
}
