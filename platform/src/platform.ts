import { join } from 'node:path';
import { freePort } from 'azuraforge-stores';
import { Component } from './component.ts';
import { launchProgram, type Program, runToEnd } from './component/program.ts';
import { externalStore, launchPostgres, launchRedis, type RunningStore } from './component/stores.ts';
import { reasonOf } from './failure.ts';
import { type Home, prepareHome } from './home.ts';
import { takeLock } from './lock.ts';
import { LogFile } from './log-file.ts';
import { pluginFolders, programFile } from './packages.ts';
import { COMPONENTS, type ComponentName, forget, type PlatformState, writeWhole } from './state.ts';

export const ADMIN = 'admin';
const HOST = '127.0.0.1';

export interface PlatformOptions {
  home: Home;
  /** Preferred ports; a taken one moves to the next free one. 8000 and 3000 by default. */
  apiPort?: number;
  dashboardPort?: number;
  /** Which Redis to start when `REDIS_URL` names none; whatever is there by default. */
  redis?: 'native' | 'wasm';
  /** Environment of all parts; the process's own by default. */
  environment?: NodeJS.ProcessEnv;
  /** Where plugins are looked for; the current folder by default. */
  cwd?: string;
  /** Raised to give up a start; what runs already is stopped. */
  signal?: AbortSignal;
  /** Called with what happens while it starts. */
  onStep?(step: string): void;
  /** Called with the first administrator's password right after it was generated; nobody can ask for it later. */
  onPassword?(password: string): void;
  /** Called with a sentence when a part ends by itself or comes back. */
  onNotice?(sentence: string): void;
}

/** A running platform. */
export interface Platform {
  home: Home;
  urls: { dashboard: string; api: string };
  /** The first administrator; the password only when it was generated just now. */
  admin: { username: string; password: string | null };
  /** URLs with passwords, for tests and tools on this machine. */
  databaseUrl: string;
  redisUrl: string;
  /** An access token of the administrator. */
  token(): Promise<string>;
  /** Ends one part and starts it anew. */
  restart(name: ComponentName): Promise<void>;
  logFile(name: ComponentName): string;
  /** Stops all parts in order; resolves when all their processes are gone. */
  stop(): Promise<void>;
  /** Makes a stop in progress quick: programs are killed, stores still end in order. */
  hasten(): void;
}

interface Stores {
  database: RunningStore | null;
  redis: RunningStore | null;
}

/** The environment of api, worker and dashboard; the stores' URLs are added once they run. */
function baseEnvironment(
  options: PlatformOptions,
  apiPort: number,
  dashboardPort: number,
): NodeJS.ProcessEnv {
  const outer = options.environment ?? process.env;
  const { home } = options;
  return {
    ...outer,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    AZURAFORGE_HOME: home.path,
    AZURAFORGE_ARTIFACTS_DIR: outer['AZURAFORGE_ARTIFACTS_DIR'] || home.artifacts,
    AZURAFORGE_KEYS_FILE: outer['AZURAFORGE_KEYS_FILE'] || home.keys,
    AZURAFORGE_API_HOST: HOST,
    AZURAFORGE_API_PORT: String(apiPort),
    AZURAFORGE_API_URL: `http://localhost:${apiPort}`,
    AZURAFORGE_ALLOWED_ORIGINS:
      outer['AZURAFORGE_ALLOWED_ORIGINS'] ||
      `http://localhost:${dashboardPort},http://${HOST}:${dashboardPort}`,
    AZURAFORGE_DASHBOARD_HOST: HOST,
    AZURAFORGE_DASHBOARD_PORT: String(dashboardPort),
    AZURAFORGE_PLUGINS: outer['AZURAFORGE_PLUGINS'] || pluginFolders(options.cwd ?? process.cwd()),
  };
}

function parseAnswer(line: string, command: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`\`${command}\` printed something else than JSON: ${line}`, { cause });
  }
}

class RunningPlatform implements Platform {
  readonly home: Home;
  urls = { dashboard: '', api: '' };
  admin: Platform['admin'] = { username: ADMIN, password: null };
  readonly #options: PlatformOptions;
  readonly #logs = new Map<string, LogFile>();
  readonly #stores: Stores = { database: null, redis: null };
  readonly #startedAt = new Date();
  #environment: NodeJS.ProcessEnv = {};
  #components: Record<ComponentName, Component>;
  #releaseLock: () => void;
  #stopping: Promise<void> | null = null;

  constructor(options: PlatformOptions) {
    this.#options = options;
    this.home = options.home;
    this.#releaseLock = takeLock(options.home);
    this.#components = {
      postgres: this.#component('postgres', async () => (this.#stores.database = await this.#openDatabase())),
      redis: this.#component('redis', async () => (this.#stores.redis = await this.#openRedis())),
      api: this.#serving('api', 'azuraforge-api'),
      worker: this.#serving('worker', 'azuraforge-worker'),
      dashboard: this.#serving('dashboard', 'azuraforge-dashboard'),
    };
  }

  get databaseUrl(): string {
    return this.#stores.database?.url ?? '';
  }

  get redisUrl(): string {
    return this.#stores.redis?.url ?? '';
  }

  #openDatabase(): Promise<RunningStore> {
    const url = (this.#options.environment ?? process.env)['DATABASE_URL'];
    if (url) return Promise.resolve(externalStore(url));
    return launchPostgres(this.home, this.#log('postgres'), this.#stores.database);
  }

  #openRedis(): Promise<RunningStore> {
    const url = (this.#options.environment ?? process.env)['REDIS_URL'];
    if (url) return Promise.resolve(externalStore(url));
    return launchRedis(this.home, this.#log('redis'), this.#stores.redis, this.#options.redis);
  }

  #log(name: string): LogFile {
    const log = this.#logs.get(name) ?? new LogFile(join(this.home.logs, `${name}.log`));
    this.#logs.set(name, log);
    return log;
  }

  logFile(name: ComponentName): string {
    return this.#log(name).path;
  }

  #component(
    name: ComponentName,
    launch: (signal: AbortSignal) => ReturnType<typeof launchProgram>,
  ): Component {
    return new Component({
      name,
      launch,
      logFile: this.logFile(name),
      onChange: () => this.#writeState(),
      onNotice: (sentence) => this.#options.onNotice?.(sentence),
    });
  }

  #serving(name: ComponentName, packageName: string): Component {
    return this.#component(name, (signal) =>
      launchProgram(this.#program(name, packageName, packageName), signal),
    );
  }

  #program(logName: string, packageName: string, command: string, args: string[] = []): Program {
    return {
      name: [command, ...args].join(' '),
      file: programFile(packageName, command),
      args,
      environment: { ...this.#environment, DATABASE_URL: this.databaseUrl, REDIS_URL: this.redisUrl },
      cwd: this.home.path,
      log: this.#log(logName),
    };
  }

  #writeState(): void {
    const state: PlatformState = {
      pid: process.pid,
      started_at: this.#startedAt.toISOString(),
      urls: this.urls.api === '' ? null : this.urls,
      components: COMPONENTS.map((name) => this.#components[name].state),
    };
    try {
      writeWhole(this.home.state, state);
    } catch (error) {
      this.#options.onNotice?.(`\`status\` cannot tell what runs: ${reasonOf(error)}`);
    }
  }

  async #runOnce(
    packageName: string,
    command: string,
    args: string[],
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const program = this.#program(
      packageName === 'azuraforge-api' ? 'api' : 'migrate',
      packageName,
      command,
      args,
    );
    return parseAnswer(await runToEnd(program, signal), program.name);
  }

  async start(): Promise<void> {
    const { signal } = this.#options;
    const step = (text: string): void => {
      signal?.throwIfAborted();
      this.#options.onStep?.(text);
    };
    const { api, dashboard, postgres, redis, worker } = this.#components;
    step('Starting PostgreSQL and Redis');
    await Promise.all([postgres.start(), redis.start()]);
    const apiPort = await freePort(this.#options.apiPort ?? 8000);
    const wanted = await freePort(this.#options.dashboardPort ?? 3000);
    // The API does not listen yet, so its port still looks free.
    const dashboardPort = wanted === apiPort ? await freePort(apiPort + 1) : wanted;
    this.#environment = baseEnvironment(this.#options, apiPort, dashboardPort);
    step('Bringing the database up to date');
    await this.#runOnce('azuraforge-dbmodels', 'azuraforge-migrate', [], signal);
    await this.#ensureAdmin();
    step('Starting API, worker and dashboard');
    await Promise.all([api.start(), worker.start(), dashboard.start()]);
    this.urls = { dashboard: `http://localhost:${dashboardPort}`, api: `http://localhost:${apiPort}` };
    this.#writeState();
  }

  /** Not to be interrupted: an administrator whose password nobody has seen could never sign in. */
  async #ensureAdmin(): Promise<void> {
    const answer = await this.#runOnce('azuraforge-api', 'azuraforge-api', ['admin', 'create']);
    const password = answer['password'];
    if (typeof password !== 'string') return;
    this.admin = { username: ADMIN, password };
    this.#options.onPassword?.(password);
  }

  async token(): Promise<string> {
    const answer = await this.#runOnce(
      'azuraforge-api',
      'azuraforge-api',
      ['token', '--username', ADMIN],
      this.#options.signal,
    );
    const token = answer['access_token'];
    if (typeof token !== 'string') throw new Error('`azuraforge-api token` gave no access_token.');
    return token;
  }

  restart(name: ComponentName): Promise<void> {
    return this.#components[name].restart();
  }

  hasten(): void {
    for (const component of Object.values(this.#components)) component.kill();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const name of COMPONENTS.toReversed()) {
      await this.#components[name].stop().catch((error: unknown) => errors.push(error));
    }
    for (const log of this.#logs.values()) log.close();
    forget(this.home.state);
    this.#releaseLock();
    if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('\n'));
  }
}

/**
 * Starts the whole platform on a data folder: PostgreSQL, Redis, migrations, the first administrator, API, worker and
 * dashboard. A part that ends by itself is started again.
 *
 * @throws Failure when another process runs on the folder, or a part does not start; nothing is left running then.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  prepareHome(options.home);
  const platform = new RunningPlatform(options);
  const giveUp = (): void => void platform.stop().catch(() => undefined);
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await platform.start();
    options.signal?.throwIfAborted();
    return platform;
  } catch (error) {
    await platform.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}
