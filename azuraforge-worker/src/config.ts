import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

/** Everything that a worker can be told from outside. Durations are in milliseconds unless the name says otherwise. */
export interface WorkerConfig {
  /** Unique among all workers; letters, digits and dashes. */
  workerId: string;
  databaseUrl: string;
  redisUrl: string;
  /** Absolute. The data folder of the platform, where the API keeps its signing keys. */
  homeDirectory: string;
  /** Absolute. Holds one folder per finished experiment. */
  artifactsDirectory: string;
  /** Absolute `node_modules` folders that are searched for plugins; the first that has a package wins. */
  pluginFolders: string[];
  /** Runs that train at the same time. */
  concurrency: number;
  predictConcurrency: number;
  device: string;
  logLevel: string;
  /** V8 heap limit of a child process. Tensors lie outside of it. */
  childMemoryMb: number;
  /** How long Postgres keeps a run for a worker that says nothing. Renewed every third of it. */
  leaseSeconds: number;
  maxAttempts: number;
  /** How long a cancelled run may take to stop by itself. */
  cancelGraceMs: number;
  probeTimeoutMs: number;
  predictTimeoutMs: number;
  reconcileMs: number;
  heartbeatMs: number;
  /** A Redis that leaves a PING unanswered for so long is taken for gone. */
  pingTimeoutMs: number;
}

/** A setting that cannot be used; the message names the variable and what to set it to. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

function required(env: NodeJS.ProcessEnv, name: string, example: string): string {
  const value = env[name];
  if (!value) throw new ConfigurationError(`${name} is not set; set it, e.g. to ${example}.`);
  return value;
}

function wholeNumber(
  env: NodeJS.ProcessEnv,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigurationError(`${name} is "${text}"; set it to a whole number from ${min} to ${max}.`);
  }
  return value;
}

/** Every `node_modules` folder from `start` upward, nearest first, as Node itself looks for packages. */
export function nodeModulesUpward(start: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules');
    if (existsSync(candidate)) folders.push(candidate);
    if (folder === dirname(folder)) return folders;
  }
}

const DEVICES = ['auto', 'gpu', 'wasm', 'cpu'];

/** Reads the worker's settings; relative paths are taken from `cwd`. Throws ConfigurationError. */
export function readConfig(env: NodeJS.ProcessEnv, cwd: string): WorkerConfig {
  const home = resolve(cwd, env.AZURAFORGE_HOME || '.azuraforge');
  const plugins = env.AZURAFORGE_PLUGINS;
  const device = env.AZURAFORGE_DEVICE || 'auto';
  if (!DEVICES.includes(device)) {
    throw new ConfigurationError(`AZURAFORGE_DEVICE is "${device}"; set it to one of ${DEVICES.join(', ')}.`);
  }
  const host = hostname().replaceAll(/[^a-zA-Z0-9-]/g, '-');
  return {
    workerId: `${host}-${process.pid}-${randomBytes(4).toString('hex')}`,
    databaseUrl: required(env, 'DATABASE_URL', 'postgres://user:password@host/azuraforge'),
    redisUrl: required(env, 'REDIS_URL', 'redis://127.0.0.1:6379'),
    homeDirectory: home,
    artifactsDirectory: resolve(cwd, env.AZURAFORGE_ARTIFACTS_DIR || join(home, 'artifacts')),
    pluginFolders: plugins
      ? plugins.split(delimiter).flatMap((folder) => (folder ? [resolve(cwd, folder)] : []))
      : nodeModulesUpward(cwd),
    concurrency: wholeNumber(env, 'AZURAFORGE_WORKER_CONCURRENCY', 1, 1, 64),
    predictConcurrency: Math.max(1, Math.min(4, availableParallelism() - 1)),
    device,
    logLevel: env.AZURAFORGE_LOG_LEVEL || 'info',
    childMemoryMb: wholeNumber(env, 'AZURAFORGE_WORKER_MEMORY_MB', 2048, 64, 1_048_576),
    leaseSeconds: wholeNumber(env, 'AZURAFORGE_WORKER_LEASE_SECONDS', 30, 1, 3600),
    maxAttempts: 3,
    cancelGraceMs: 10_000,
    probeTimeoutMs: 20_000,
    predictTimeoutMs: 60_000,
    reconcileMs: 5000,
    heartbeatMs: 5000,
    pingTimeoutMs: 5000,
  };
}
