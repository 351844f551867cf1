/** Where a bar begins and how long it is, in per cent of the room for all bars. */
export interface BarSpan {
  left: number;
  width: number;
}

/** Bars on one scale that holds 0, from which they start: to the right above it, to the left below. */
export function barSpans(values: number[]): BarSpan[] {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const room = high - low || 1;
  return values.map((value) => ({
    left: ((Math.min(0, value) - low) / room) * 100,
    width: (Math.abs(value) / room) * 100,
  }));
}
