/** Parts of one length that lie evenly over all values and hold at most `limit` together; all in one where there are fewer. */
export function spreadBlocks(values: Int32Array, limit: number, blocks = 20): Int32Array[] {
  if (values.length <= limit) return [values];
  const length = Math.floor(limit / blocks);
  const step = (values.length - length) / (blocks - 1);
  return Array.from({ length: blocks }, (_, block) => {
    const start = Math.floor(block * step);
    return values.subarray(start, start + length);
  });
}
