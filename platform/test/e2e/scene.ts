import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'azuraforge-stores';
import { Client } from 'pg';
import type { Browser, BrowserContext } from 'playwright-core';
import { createClient } from 'redis';
import { homeAt } from '../../src/home.ts';
import { type Platform, startPlatform } from '../../src/platform.ts';
import { launchBrowser } from './browser.ts';
import { PluginFolder } from './plugin-folder.ts';

export interface SceneOptions {
  plugins: string[];
  redis?: 'native' | 'wasm';
  /** Where runs compute, as an operator sets it. */
  device?: string;
  /** Path of a Chromium; a scene without one has no browser. */
  chromium?: string;
}

/** A platform of its own in a temporary folder, with direct lines to its stores, and a browser where one is asked for. */
export class Scene {
  readonly platform: Platform;
  readonly plugins: PluginFolder;
  readonly database: Client;
  readonly redis: RedisClient;
  readonly #browser: Browser | undefined;
  readonly #folder: string;
  readonly #listeners: RedisClient[] = [];

  private constructor(parts: {
    platform: Platform;
    plugins: PluginFolder;
    database: Client;
    redis: RedisClient;
    browser: Browser | undefined;
    folder: string;
  }) {
    this.platform = parts.platform;
    this.plugins = parts.plugins;
    this.database = parts.database;
    this.redis = parts.redis;
    this.#browser = parts.browser;
    this.#folder = parts.folder;
  }

  static async open({ plugins: names, redis: kind, device, chromium }: SceneOptions): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'azuraforge-e2e-'));
    // As root, PostgreSQL runs as another user, who must be able to reach its data in here.
    chmodSync(folder, 0o711);
    const plugins = new PluginFolder(names);
    const { DATABASE_URL: _database, REDIS_URL: _redis, ...environment } = process.env;
    const platform = await startPlatform({
      home: homeAt(join(folder, 'home')),
      redis: kind,
      apiPort: await freePort(),
      dashboardPort: await freePort(),
      environment: {
        ...environment,
        NODE_OPTIONS: '',
        AZURAFORGE_PLUGINS: plugins.path,
        AZURAFORGE_DEVICE: device,
      },
    });
    const database = new Client({ connectionString: platform.databaseUrl });
    await database.connect();
    const redis = await connectRedis(platform.redisUrl);
    const browser = chromium === undefined ? undefined : await launchBrowser(chromium);
    return new Scene({ platform, plugins, database, redis, browser, folder });
  }

  /** A window with no memory of earlier ones. */
  newWindow(): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error('This scene was opened without a browser.');
    return this.#browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
  }

  /** Asks the API; the answer's status and body. */
  async ask(
    path: string,
    { method = 'GET', token, body }: { method?: string; token?: string; body?: unknown } = {},
  ): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.platform.urls.api}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** A second connection to Redis, for listening. */
  async listener(): Promise<RedisClient> {
    const client = await connectRedis(this.platform.redisUrl);
    this.#listeners.push(client);
    return client;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.database.end();
    for (const client of [this.redis, ...this.#listeners]) client.destroy();
    await this.platform.stop();
    this.plugins.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export type RedisClient = Awaited<ReturnType<typeof connectRedis>>;

async function connectRedis(url: string) {
  const client = createClient({ url, disableClientInfo: true });
  await client.connect();
  return client;
}
