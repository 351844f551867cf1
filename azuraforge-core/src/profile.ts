import type { KernelTiming } from './backend.ts';
import { beginProfiling, endProfiling } from './device.ts';
import { inputError } from './error.ts';
import type { Kernel } from './kernel.ts';
import { costOf } from './kernel/cost.ts';
import { sizesOf } from './kernel/sizes.ts';
import type { MemoryReport } from './memory.ts';
import { memory, watchPeak } from './memory.ts';

/** All runs of the kernels of one kind and size. */
export interface KernelProfile {
  readonly kind: Kernel['kind'];
  /** Such as `[32, 100]` or `32×100 by 100×10`. */
  readonly sizes: string;
  readonly calls: number;
  /** Of all calls together. */
  readonly milliseconds: number;
  /** Arithmetic operations of all calls; a function such as exp counts as one, a multiply-add as two. */
  readonly flop: number;
  /** Bytes of all calls, each element that is needed counted once per call. */
  readonly bytes: number;
}

/** What a program did on its devices. */
export interface ProfileReport {
  /** Longest first. */
  readonly kernels: readonly KernelProfile[];
  /** Time in kernels. */
  readonly milliseconds: number;
  /** Time from start to end, with what ran on the host. */
  readonly wallMilliseconds: number;
  /** In use at the end, and the most at any time in between. */
  readonly memory: MemoryReport;
  /** The kernels as a table. */
  toString(): string;
}

/**
 * Times every kernel that `fn` runs, on all devices, until the promise that it returns has been kept. Let it end with a read
 * on devices that queue their work. Only one profile at a time.
 */
export async function profile(fn: () => unknown): Promise<ProfileReport> {
  if (!beginProfiling()) throw inputError('profile', 'another profile is being taken');
  const peak = watchPeak();
  const start = performance.now();
  let timings: readonly KernelTiming[] = [];
  let wallMilliseconds = 0;
  try {
    await fn();
    wallMilliseconds = performance.now() - start;
  } finally {
    timings = await endProfiling();
  }
  const kernels = summarize(timings);
  const milliseconds = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const { bytes, buffers } = memory();
  const report = { kernels, milliseconds, wallMilliseconds, memory: { bytes, buffers, peakBytes: peak() } };
  return { ...report, toString: () => formatReport(report) };
}

function summarize(timings: readonly KernelTiming[]): KernelProfile[] {
  const groups = new Map<string, KernelProfile>();
  for (const { kernel, milliseconds } of timings) {
    const sizes = sizesOf(kernel);
    const key = `${kernel.kind} ${sizes}`;
    const { flop, bytes } = costOf(kernel);
    const before = groups.get(key);
    groups.set(key, {
      kind: kernel.kind,
      sizes,
      calls: (before?.calls ?? 0) + 1,
      milliseconds: (before?.milliseconds ?? 0) + milliseconds,
      flop: (before?.flop ?? 0) + flop,
      bytes: (before?.bytes ?? 0) + bytes,
    });
  }
  return [...groups.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

const COLUMNS = ['kernel', 'sizes', 'calls', 'ms', 'share', 'µs each', 'GFLOP/s', 'GB/s'];
/** Names are aligned left, numbers right. */
const NAME_COLUMNS = 2;

function inMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

/** In 10⁹ per second; a clock may be too coarse to tell. */
function rate(amount: number, milliseconds: number): string {
  return milliseconds === 0 ? '–' : (amount / milliseconds / 1e6).toFixed(2);
}

function formatReport(report: Omit<ProfileReport, 'toString'>): string {
  const { kernels, milliseconds, wallMilliseconds } = report;
  const rows = kernels.map((kernel) => [
    kernel.kind,
    kernel.sizes,
    String(kernel.calls),
    kernel.milliseconds.toFixed(2),
    `${((100 * kernel.milliseconds) / (milliseconds || 1)).toFixed(1)} %`,
    ((1000 * kernel.milliseconds) / kernel.calls).toFixed(1),
    rate(kernel.flop, kernel.milliseconds),
    rate(kernel.bytes, kernel.milliseconds),
  ]);
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, i) => (i < NAME_COLUMNS ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  const { bytes, buffers, peakBytes } = report.memory;
  return [
    ...lines,
    `${milliseconds.toFixed(2)} ms in kernels, ${wallMilliseconds.toFixed(2)} ms in all`,
    `memory: ${inMiB(bytes)} in ${buffers} buffers, at most ${inMiB(peakBytes)}`,
  ].join('\n');
}
