import { TensorError } from '../error.ts';

/** Runs what makes an ArrayBuffer; a runtime that has no room for it says so with a RangeError. */
export function makeOnHost<T>(byteLength: number, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    // By name, as it may be the RangeError of another realm.
    if ((cause as Error).name !== 'RangeError') throw cause;
    throw new TensorError(
      'OUT_OF_MEMORY',
      `the runtime has no room for an ArrayBuffer of ${byteLength} bytes`,
      {
        details: { byteLength },
        cause,
      },
    );
  }
}
