import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { PredictJob, TrainJob } from 'azuraforge-dbmodels/contract';
import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { DataSource } from 'typeorm';
import type { KeySet } from './auth/keys.ts';
import { PasswordCheck } from './auth/password.ts';
import { PredictionPlaces } from './auth/prediction-places.ts';
import { SignInLimit } from './auth/sign-in-limit.ts';
import { Catalog } from './catalog.ts';
import { mountDocs } from './docs.ts';
import { mountHealth } from './health.ts';
import { answerErrors, unknownRoute } from './http/error-answer.ts';
import { mountRoutes } from './http/mount.ts';
import { requestId } from './http/request-id.ts';
import { recordRequests } from './http/request-log.ts';
import type { Log } from './logger.ts';
import { Metrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { ProgressFeed } from './progress.ts';
import type { JobSender } from './queue.ts';
import type { RedisConnection } from './redis.ts';
import { ROUTES } from './routes.ts';
import type { Services } from './services.ts';
import { createSocketServer } from './socket.ts';

/** Connections that are opened, and later closed, by whoever makes the app. None has to be up yet. */
export interface AppDependencies {
  settings: Services['settings'];
  database: DataSource;
  redis: RedisConnection;
  /** A second connection: one that subscribes can do nothing else. */
  subscriber: RedisConnection;
  keys: KeySet;
  trainQueue: JobSender<TrainJob>;
  predictQueue: JobSender<PredictJob>;
  log: Log;
  /** Longest wait for a model's answer, in milliseconds. */
  predictionTimeoutMs?: number;
}

export interface App {
  /** Not listening yet. */
  server: Server;
  http: Express;
  /** Disconnects sockets, lets requests in work end, and stops listening. */
  close(): Promise<void>;
}

/** Longest wait for requests in work when the app is closed, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

export function createApp({
  predictionTimeoutMs = 30_000,
  subscriber,
  ...dependencies
}: AppDependencies): App {
  const { database, redis, log } = dependencies;
  const progress = new ProgressFeed({ database, subscriber, log });
  const services: Services = {
    ...dependencies,
    predictionTimeoutMs,
    passwords: new PasswordCheck(),
    signInLimit: new SignInLimit(redis),
    predictionPlaces: new PredictionPlaces(),
    catalog: new Catalog(redis),
    progress,
    metrics: new Metrics(),
  };
  const http = createHttp(services);
  const server = createServer(http);
  const sockets = createSocketServer(server, services);
  progress.open();
  return {
    server,
    http,
    async close() {
      const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await sockets.close();
      clearTimeout(impatient);
      progress.close();
    },
  };
}

function createHttp(services: Services): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', services.settings.trustedProxies);
  app.use(requestId, recordRequests(services));
  app.use(
    helmet({
      // What is served here is data, not pages; the one page has a policy of its own.
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
    }),
  );
  app.use(
    cors({
      origin: services.settings.allowedOrigins,
      methods: ['GET', 'POST'],
      allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'],
      exposedHeaders: ['Retry-After', 'X-Request-Id'],
      maxAge: 600,
    }),
  );
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  mountHealth(app, services);
  mountDocs(app, describeApi(ROUTES, ownVersion()));
  mountRoutes(app, ROUTES, services);
  app.use(unknownRoute);
  app.use(answerErrors(services.log));
  return app;
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}
