import type { Kernel } from '../kernel.ts';

interface Entry<V> {
  readonly kernel: Kernel;
  readonly value: V;
}

/** Values by kernel, of which two with the same content are one. A text as key would take longer than a small kernel runs. */
export class KernelMap<V> {
  readonly #entries = new Map<number, Entry<V>[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(kernel: Kernel): V | undefined {
    const entries = this.#entries.get(hash(kernel, 0, DEPTH));
    if (entries === undefined) return undefined;
    for (const entry of entries) if (isSame(entry.kernel, kernel)) return entry.value;
    return undefined;
  }

  /** Adds a kernel that is not there yet. */
  add(kernel: Kernel, value: V): void {
    const key = hash(kernel, 0, DEPTH);
    const entries = this.#entries.get(key);
    if (entries === undefined) this.#entries.set(key, [{ kernel, value }]);
    else entries.push({ kernel, value });
    this.#size += 1;
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }
}

/** How deep `hash` looks: to the shapes and the outermost operator. What differs only further down shares a place. */
const DEPTH = 3;

/** A number that equal data share. Kernels are numbers, short names, and arrays and objects of them, all of fixed forms. */
function hash(data: unknown, seed: number, depth: number): number {
  if (typeof data === 'number') return (Math.imul(seed, 31) + data) | 0;
  if (typeof data === 'string') return (Math.imul(seed, 31) + data.length * 256 + data.charCodeAt(0)) | 0;
  if (typeof data !== 'object' || data === null) return (Math.imul(seed, 31) + (data === true ? 1 : 2)) | 0;
  let result = Math.imul(seed, 31);
  if (depth === 0) return result;
  if (Array.isArray(data)) {
    for (let i = 0; i < data.length; i++) result = hash(data[i], result, depth - 1);
    return result;
  }
  for (const name in data) result = hash((data as Record<string, unknown>)[name], result, depth - 1);
  return result;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
    return true;
  }
  for (const name in a) {
    if (!isSame((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name])) return false;
  }
  return true;
}
