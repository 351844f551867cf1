import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource, runMigrations } from '../src/index.ts';
import { emptyDatabase } from './database.ts';

const NAMES = ['Initial1795132800000', 'OrderedInputSchema1795564800000'];
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const open: DataSource[] = [];

async function connect(url: string): Promise<DataSource> {
  const source = await createDataSource({ url }).initialize();
  open.push(source);
  return source;
}

/** The statements that would bring the database to the entities. */
async function drift(source: DataSource): Promise<string[]> {
  const log = await source.driver.createSchemaBuilder().log();
  return log.upQueries.map((query) => query.query);
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.destroy()));
});

describe('migrations', () => {
  test('go up, down to nothing, and up again', async () => {
    const url = await emptyDatabase();
    expect(await runMigrations(url)).toEqual(NAMES);

    const source = await connect(url);
    for (let left = NAMES.length; left > 0; left -= 1) await source.undoLastMigration();
    const tables = await source.query<{ tablename: string }[]>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.map((table) => table.tablename)).toEqual(['migrations']);

    expect(await runMigrations(url)).toEqual(NAMES);
    expect(await runMigrations(url)).toEqual([]);
  });

  test('are applied once when several processes start together', async () => {
    const url = await emptyDatabase();
    const applied = await Promise.all([runMigrations(url), runMigrations(url), runMigrations(url)]);
    expect(applied.flat()).toEqual(NAMES);
  });

  test('make the schema that the entities describe', async () => {
    const url = await emptyDatabase();
    await runMigrations(url);
    const source = await connect(url);
    expect(await drift(source)).toEqual([]);

    await source.query('ALTER TABLE experiments DROP COLUMN adapter');
    await source.query('ALTER TABLE models DROP CONSTRAINT models_size_check');
    expect(await drift(source)).toHaveLength(2);
  });
});

describe('azuraforge-migrate', () => {
  const run = promisify(execFile);

  test('prints one JSON line', async () => {
    const env = { ...process.env, DATABASE_URL: await emptyDatabase() };
    const { stdout } = await run(process.execPath, [main], { env });
    expect(stdout).toBe(`${JSON.stringify({ applied: NAMES })}\n`);
  });

  test.each([
    ['', 'DATABASE_URL is not set'],
    ['postgres://nobody@127.0.0.1:1/nothing', 'The database could not be migrated'],
  ])('says what is wrong with DATABASE_URL=%j and fails', async (url, sentence) => {
    const env = { ...process.env, DATABASE_URL: url };
    await expect(run(process.execPath, [main], { env })).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    });
  });
});
