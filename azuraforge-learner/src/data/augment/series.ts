import type { Generator } from 'azuraforge-core';
import { checkRange } from '../../argument.ts';
import { ArgumentError } from '../../error.ts';
import { normal, uniform } from '../sample-generator.ts';

/** `steps × features` values, step after step. */
export interface SeriesWindow {
  steps: number;
  features: number;
  data: Float32Array;
}

/** A change by chance; gives a window of the same size and leaves its argument as it is. */
export type SeriesTransform = (window: SeriesWindow, generator: Generator) => SeriesWindow;

/** Adds noise of the deviation `sigma` to each value (Um et al., 2017). Meant for scaled values. */
export function jitter({ sigma }: { sigma: number }): SeriesTransform {
  checkRange('sigma', sigma, { minimum: 0 });
  return (window, generator) => ({
    ...window,
    data: window.data.map((value) => value + sigma * normal(generator)),
  });
}

/** Multiplies each feature by a factor of mean 1 and deviation `sigma`, the same at all steps (Um et al., 2017). */
export function scaling({ sigma }: { sigma: number }): SeriesTransform {
  checkRange('sigma', sigma, { minimum: 0 });
  return (window, generator) => {
    const factors = Array.from({ length: window.features }, () => 1 + sigma * normal(generator));
    return {
      ...window,
      data: window.data.map((value, index) => value * factors[index % window.features]!),
    };
  };
}

/**
 * Plays a part of the window, `fraction` of its steps, slower or faster by one of the `factors` (steps it takes, over
 * steps it took), then stretches the whole back to its length with straight lines between the steps (Le Guennec et al., 2016).
 */
export function windowWarp({
  fraction = 0.1,
  factors = [0.5, 2],
}: { fraction?: number; factors?: readonly number[] } = {}): SeriesTransform {
  checkRange('fraction', fraction, { above: 0, below: 1 });
  for (const factor of factors) checkRange('factors', factor, { above: 0 });
  if (factors.length === 0) throw new ArgumentError('windowWarp() has no factors; give at least one.');
  return (window, generator) => {
    const last = window.steps - 1;
    const warped = last * fraction;
    const start = uniform(generator, 0, last - warped);
    const factor = factors[Math.floor(uniform(generator, 0, factors.length))]!;
    const played = last + warped * (factor - 1);
    const data = new Float32Array(window.data.length);
    for (let step = 0; step <= last; step += 1) {
      const time = last === 0 ? 0 : (step * played) / last;
      const source = sourceOf(time, start, warped, factor);
      const before = Math.min(Math.floor(source), last);
      const after = Math.min(before + 1, last);
      for (let feature = 0; feature < window.features; feature += 1) {
        const from = window.data[before * window.features + feature]!;
        const to = window.data[after * window.features + feature]!;
        data[step * window.features + feature] = from + (to - from) * (source - before);
      }
    }
    return { ...window, data };
  };
}

/** Where in the old window the moment `time` of the new one lies. */
function sourceOf(time: number, start: number, warped: number, factor: number): number {
  if (time <= start) return time;
  if (time <= start + warped * factor) return start + (time - start) / factor;
  return time - warped * (factor - 1);
}
