import { cpus, loadavg, release, totalmem, type } from 'node:os';

const WATCH_MS = 500;

function processorTimes() {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const total = Object.values(times).reduce((sum, time) => sum + time, 0);
    busy += total - times.idle;
    all += total;
  }
  return { busy, all };
}

/** The share of all processors that is in use while this process waits. */
export async function busyShare() {
  const before = processorTimes();
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const after = processorTimes();
  return (after.busy - before.busy) / Math.max(after.all - before.all, 1);
}

/** What the figures depend on besides the programs. */
export function describeMachine() {
  return {
    date: new Date().toISOString(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    flags: [...process.execArgv, ...(process.env.NODE_OPTIONS?.split(/\s+/).filter(Boolean) ?? [])],
    vulkanDriver: process.env.VK_DRIVER_FILES ?? null,
    loadAverage: loadavg()[0],
  };
}
