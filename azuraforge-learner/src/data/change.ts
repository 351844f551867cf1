/**
 * How a forecast is written relative to the last observed value, so that a change of 0 is the naive forecast:
 * `difference` = future − last, `log_return` = ln(future / last), for prices.
 */
export const CHANGE_KINDS = ['difference', 'log_return'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export function changeFrom(last: number, future: number, kind: ChangeKind): number {
  return kind === 'difference' ? future - last : Math.log(future / last);
}

export function applyChange(last: number, change: number, kind: ChangeKind): number {
  return kind === 'difference' ? last + change : last * Math.exp(change);
}
