/** A compiled kernel: addresses of the buffers and the scalars, in the order that the kernel's description fixes. */
export type Program = (pointers: readonly number[], scalars: readonly number[]) => void;
