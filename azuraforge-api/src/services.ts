import type { PredictJob, TrainJob } from 'azuraforge-dbmodels/contract';
import type { DataSource } from 'typeorm';
import type { KeySet } from './auth/keys.ts';
import type { PasswordCheck } from './auth/password.ts';
import type { PredictionPlaces } from './auth/prediction-places.ts';
import type { SignInLimit } from './auth/sign-in-limit.ts';
import type { Catalog } from './catalog.ts';
import type { Log } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { ProgressFeed } from './progress.ts';
import type { JobSender } from './queue.ts';
import type { RedisConnection } from './redis.ts';
import type { Settings } from './settings.ts';

/** What the routes and sockets work with. */
export interface Services {
  settings: Pick<Settings, 'allowedOrigins' | 'trustedProxies'>;
  database: DataSource;
  redis: RedisConnection;
  keys: KeySet;
  passwords: PasswordCheck;
  signInLimit: SignInLimit;
  predictionPlaces: PredictionPlaces;
  catalog: Catalog;
  trainQueue: JobSender<TrainJob>;
  predictQueue: JobSender<PredictJob>;
  /** Longest wait for a model's answer, in milliseconds. */
  predictionTimeoutMs: number;
  progress: ProgressFeed;
  metrics: Metrics;
  log: Log;
}
