/** A compiled kernel: addresses of the buffers and the scalars, in the order that the kernel's description fixes. */
export type Program = (pointers: readonly number[], scalars: readonly number[]) => void;

/** The arguments of a call, with pointers added to those at the positions `at`, and more arguments behind. */
export function relocated(
  args: readonly number[],
  at: readonly number[],
  pointers: readonly number[],
  more: readonly number[] = [],
): number[] {
  // Small kernels spend a good part of their time here, and plain loops are the fastest.
  const result = args.slice();
  for (let i = 0; i < at.length; i++) result[at[i]!]! += pointers[i]!;
  for (let i = 0; i < more.length; i++) result.push(more[i]!);
  return result;
}
