import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, runMigrations, User, createExperiment, type Experiment } from '../src/index.ts';

/** An empty database in the Postgres of this test run; returns its address. */
export async function emptyDatabase(): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL!;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A migrated database and a connected data source; destroy it at the end. */
export async function migratedDatabase(): Promise<DataSource> {
  const url = await emptyDatabase();
  await runMigrations(url);
  return createDataSource({ url }).initialize();
}

export async function addUser(db: DataSource, username = `user-${randomUUID()}`): Promise<User> {
  const users = db.getRepository(User);
  return users.save(users.create({ username, passwordHash: 'not a hash', role: 'member' }));
}

export async function addExperiment(db: DataSource, ownerId: string): Promise<Experiment> {
  const { experiment } = await createExperiment(db, {
    ownerId,
    name: 'Rain tomorrow',
    pipelineId: 'weather_forecaster',
    plugin: { name: 'app-weather-forecaster', version: '0.1.0' },
    config: { epochs: 3 },
  });
  return experiment;
}
