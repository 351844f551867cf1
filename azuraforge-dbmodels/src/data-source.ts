import { Socket } from 'node:net';
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { Experiment } from './entity/experiment.ts';
import { Model } from './entity/model.ts';
import { StoredEvent } from './entity/stored-event.ts';
import { User } from './entity/user.ts';
import { Initial1795132800000 } from './migration/1795132800000-initial.ts';
import { OrderedInputSchema1795564800000 } from './migration/1795564800000-ordered-input-schema.ts';

export interface DataSourceSettings {
  /** `postgres://…`, the value of DATABASE_URL. */
  url: string;
  /** Most connections at once; 10 when left out. */
  poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Longest silence of the server in a statement or a transaction, in milliseconds; 30,000 when left out, 0 for any. */
  silenceMs?: number;
}

/** A data source that is not connected yet; call `initialize()` on it, and `destroy()` at the end. */
export function createDataSource({
  url,
  poolSize = 10,
  applicationName = 'azuraforge',
  silenceMs = 30_000,
}: DataSourceSettings): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName,
    connectTimeoutMS: 5000,
    extra: { keepAlive: true, stream: () => impatientSocket(silenceMs) },
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    entities: [User, Experiment, StoredEvent, Model],
    migrations: [Initial1795132800000, OrderedInputSchema1795564800000],
    migrationsTableName: 'migrations',
    synchronize: false,
    logging: false,
  });
}

/** A network that is cut without a word would otherwise be noticed a quarter of an hour later. Idle connections end sooner. */
function impatientSocket(silenceMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceMs, () => {
    const error = new Error(
      `PostgreSQL has said nothing for ${silenceMs / 1000} seconds; the connection is given up.`,
    );
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
  return socket;
}
