import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource, Experiment, User } from 'azuraforge-dbmodels';
import {
  API_BASE,
  QUEUES,
  type PredictJob,
  type TrainJob,
  type UserRole,
} from 'azuraforge-dbmodels/contract';
import { startRedis } from 'azuraforge-stores';
import { createClient, type RedisClientType } from 'redis';
import type { DataSource } from 'typeorm';
import { createApp, type App, type AppDependencies } from '../src/app.ts';
import { loadKeys, type KeySet } from '../src/auth/keys.ts';
import { hashPassword } from '../src/auth/password.ts';
import { signAccessToken } from '../src/auth/token.ts';
import type { Log } from '../src/logger.ts';
import { JobSender } from '../src/queue.ts';
import { RedisConnection } from '../src/redis.ts';
import { migratedDatabase } from './database.ts';
import { checkAnswer } from './described.ts';

export const PASSWORD = 'correct horse battery staple';
export const ORIGIN = 'http://dashboard.test:3000';

interface Answer {
  status: number;
  headers: Headers;
  // Tests look into answers of every shape; what shape they have is checked against the API's description.
  body: any;
}

interface Ask {
  token?: string;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestApi {
  url: string;
  database: DataSource;
  databaseUrl: string;
  redisUrl: string;
  /** A connection of the test's own. */
  redis: RedisClientType;
  keys: KeySet;
  app: App;
  /** Lines that the API has logged. */
  logged: { level: string; message: string; fields: Record<string, unknown> }[];
  addUser(role?: UserRole, username?: string): Promise<{ user: User; token: string }>;
  /** Paths that begin with `/` and not with `/healthz` and its like are below `/api/v1`. */
  ask(method: string, path: string, options?: Ask): Promise<Answer>;
  countExperiments(): Promise<number>;
  stopRedis(): Promise<void>;
  startRedis(): Promise<void>;
  close(): Promise<void>;
}

let users = 0;

/** The whole API in this process, on a database and a Redis of its own. */
export async function startTestApi(
  settings: Partial<AppDependencies> = {},
  givenDatabaseUrl?: string,
): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'azuraforge-api-'));
  const databaseUrl = givenDatabaseUrl ?? (await migratedDatabase());
  let store = await startRedis();
  const { port, url: redisUrl } = store;
  const password = decodeURIComponent(new URL(redisUrl).password);

  const logged: TestApi['logged'] = [];
  const log = recordingLog(logged);
  const database = createDataSource({ url: databaseUrl });
  const keys = await loadKeys(join(folder, 'keys.json'));
  const connections = {
    redis: new RedisConnection({ url: redisUrl, log }),
    subscriber: new RedisConnection({ url: redisUrl, log }),
    trainQueue: new JobSender<TrainJob>({ name: QUEUES.train, redisUrl, log }),
    predictQueue: new JobSender<PredictJob>({ name: QUEUES.predict, redisUrl, log, events: true }),
  };
  const app = createApp({
    settings: { allowedOrigins: [ORIGIN], trustedProxies: [] },
    database,
    keys,
    log,
    ...connections,
    ...settings,
  });
  const ready = new Promise<void>((resolve) => {
    connections.redis.onReady(resolve);
  });
  for (const connection of Object.values(connections)) connection.open();
  await Promise.all([database.initialize(), ready]);
  await new Promise<void>((resolve) => {
    app.server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const redis: RedisClientType = createClient({ url: redisUrl, socket: { reconnectStrategy: 50 } });
  redis.on('error', () => {});
  await redis.connect();

  return {
    url,
    database,
    databaseUrl,
    redisUrl,
    redis,
    keys,
    app,
    logged,
    async addUser(role = 'member', username = `user-${(users += 1)}`) {
      const repository = database.getRepository(User);
      const passwordHash = await hashPassword(PASSWORD);
      const user = await repository.save(repository.create({ username, passwordHash, role }));
      return { user, token: signAccessToken(keys, user.id).access_token };
    },
    async ask(method, path, { token, body, headers = {} } = {}) {
      const isApi = !/^\/(?:healthz|readyz|metrics|$)/.test(path);
      const response = await fetch(url + (isApi ? API_BASE : '') + path, {
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      const answer = {
        status: response.status,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : text,
      };
      if (isApi) checkAnswer(method, path, answer);
      return answer;
    },
    countExperiments: () => database.getRepository(Experiment).count(),
    stopRedis: () => store.stop(),
    async startRedis() {
      store = await startRedis({ port, password });
    },
    async close() {
      redis.destroy();
      await app.close();
      await Promise.all(Object.values(connections).map((connection) => connection.close()));
      await database.destroy();
      await store.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function recordingLog(lines: TestApi['logged']): Log {
  const record = (level: string) => (message: unknown, fields: unknown) => {
    lines.push({ level, message: String(message), fields: (fields ?? {}) as Record<string, unknown> });
  };
  return Object.fromEntries(
    ['error', 'warn', 'info', 'debug'].map((level) => [level, record(level)]),
  ) as unknown as Log;
}
