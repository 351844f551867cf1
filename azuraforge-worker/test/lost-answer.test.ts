import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
// The built one, as the worker itself.
import { isOutage } from '../dist/outage.js';
import { Laboratory } from './laboratory.ts';
import { losingAnswer } from './losing-answer.ts';

let lab: Laboratory;
let site: string;

beforeAll(async () => {
  lab = await Laboratory.open();
  site = await lab.installLab('quick');
});
afterEach(() => lab.stopWorkers());
afterAll(() => lab.close());

describe('when an answer of Postgres gets lost', () => {
  test('a claim that was stored is made again at once, and uses up no attempt', async () => {
    const { database, lost } = losingAnswer(lab.database, null);
    await lab.startWorker(site, { leaseSeconds: 60, reconcileMs: 60_000 }, database);
    const experiment = await lab.submit('quick');
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 2, releasedAttempts: 1 });
    expect(lost()).toBe(true);
  });

  test('an event that was stored is not stored twice, whatever Postgres has made of it', async () => {
    const { database, lost } = losingAnswer(lab.database, /INSERT INTO experiment_events.*lone/);
    await lab.startWorker(await lab.installLab('careless'), {}, database);
    const experiment = await lab.submit('careless', { mode: 'nul' });
    expect(await lab.ended(experiment)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(lost()).toBe(true);
    const events = await lab.events(experiment);
    expect(events.filter(({ body }) => body.type === 'log' && body.message.includes('lone'))).toHaveLength(1);
  });

  test.each([
    ['refused', `RAISE EXCEPTION 'shutting down' USING ERRCODE = '57P01'`],
    ['cut off', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
  ])('the end of a run whose commit is %s is stored again, with its files', async (_, failure) => {
    await lab.database.query('CREATE SEQUENCE commits');
    await lab.database.query(
      `CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF nextval('commits') = 1 THEN ${failure}; END IF; RETURN NULL; END $$`,
    );
    await lab.database.query(
      `CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT ON models DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION fail_once()`,
    );
    await lab.startWorker(site);
    const experiment = await lab.submit('quick');
    const ended = await lab.ended(experiment);
    await lab.database.query('DROP FUNCTION fail_once CASCADE');
    await lab.database.query('DROP SEQUENCE commits');
    expect(ended).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(await readdir(join(lab.folder, 'artifacts', experiment.id))).toHaveLength(3);
  });

  test('a transaction whose connection breaks between two statements is an outage too', async () => {
    const broken = lab.database.transaction(async (transaction) => {
      const [own] = await transaction.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await lab.database.query('SELECT pg_terminate_backend($1)', [own!.pid]);
      await sleep(200);
    });
    const error: unknown = await broken.catch((reason: unknown) => reason);
    expect(isOutage(error)).toBe(true);
  });
});
