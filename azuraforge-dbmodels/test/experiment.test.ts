import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  appendEvent,
  claimExperiment,
  createExperiment,
  Experiment,
  findAbandoned,
  finishExperiment,
  listEvents,
  Model,
  releaseExperiment,
  renewLease,
  requestCancel,
  User,
} from '../src/index.ts';
import { addExperiment, addUser, migratedDatabase } from './database.ts';
import { claim, INPUT_SCHEMA, REPORT, SUCCESS } from './run.ts';

let db: DataSource;
let ownerId: string;
let id: string;

beforeAll(async () => {
  db = await migratedDatabase();
  ownerId = (await addUser(db)).id;
});
afterAll(() => db.destroy());
beforeEach(async () => {
  id = (await addExperiment(db, ownerId)).id;
});

const load = (experimentId = id) => db.getRepository(Experiment).findOneByOrFail({ id: experimentId });
const history = (experimentId = id) => listEvents(db, { experimentId, afterSeq: 0, limit: 100 });
const expireLease = (experimentId = id) =>
  db.query(`UPDATE experiments SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [
    experimentId,
  ]);
const abandoned = async () => (await findAbandoned(db, { limit: 1000 })).map((run) => run.experimentId);
const LOG = { type: 'log', level: 'info', message: 'hello' } as const;

describe('a run from start to end', () => {
  test('begins as PENDING with one event', async () => {
    const experiment = await load();
    expect(experiment).toMatchObject({ status: 'PENDING', attempt: 0, lastSeq: 1, config: { epochs: 3 } });
    expect(await history()).toEqual([
      expect.objectContaining({ seq: 1, attempt: 0, body: { type: 'status', status: 'PENDING' } }),
    ]);
  });

  test('keeps progress and device from its events and registers its model', async () => {
    await claim(db, id);
    await appendEvent(db, { experimentId: id, attempt: 1, body: RUN });
    await appendEvent(db, { experimentId: id, attempt: 1, body: EPOCH });
    expect(await load()).toMatchObject({
      status: 'STARTED',
      device: 'cpu',
      adapter: null,
      progress: { fraction: 0.5, epoch: 1, epochs: 2 },
    });

    const event = await finishExperiment(db, { experimentId: id, attempt: 1, outcome: SUCCESS });
    const model = await db.getRepository(Model).findOneByOrFail({ experimentId: id });
    expect(event).toMatchObject({ seq: 5, body: { type: 'status', status: 'SUCCESS', model_id: model.id } });
    expect(model).toMatchObject({ ownerId, sizeBytes: 1234 });
    expect(JSON.stringify(model.inputSchema)).toBe(JSON.stringify(INPUT_SCHEMA));
    const experiment = await load();
    expect(experiment).toMatchObject({
      status: 'SUCCESS',
      progress: { fraction: 1, epoch: 1, epochs: 2 },
      leaseOwner: null,
      leaseExpiresAt: null,
      finishedAt: expect.any(Date),
    });
    expect(experiment.report).toBeUndefined();
    expect((await history()).map((each) => each.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test('tells the reason of a failure', async () => {
    await claim(db, id);
    const error = { code: 'PIPELINE_ERROR', message: 'The file has no column "rain".' } as const;
    const outcome = { status: 'FAILURE', error } as const;
    const event = await finishExperiment(db, { experimentId: id, attempt: 1, outcome });
    expect(event?.body).toEqual({ type: 'status', status: 'FAILURE', error });
    expect(await load()).toMatchObject({ status: 'FAILURE', error });
  });

  test('stores text that Postgres would refuse', async () => {
    await claim(db, id);
    const body = { type: 'log', level: 'info', message: 'nul \0 lone \ud800 path C:\\u0000 ğ 🌧' } as const;
    const event = await appendEvent(db, { experimentId: id, attempt: 1, body });
    expect(event?.body).toEqual({ ...body, message: 'nul \ufffd lone \ufffd path C:\\u0000 ğ 🌧' });
    await appendEvent(db, { experimentId: id, attempt: 1, body: { ...RUN, adapter: 'GPU \0' } });
    expect(await load()).toMatchObject({ device: 'cpu', adapter: 'GPU \ufffd' });
  });

  test('leaves nothing behind when its transaction is rolled back', async () => {
    const before = await db.getRepository(Experiment).count();
    const failing = db.transaction(async (transaction) => {
      await createExperiment(transaction, {
        ownerId,
        name: 'never',
        pipelineId: 'p',
        plugin: { name: 'p', version: '1.0.0' },
        config: {},
      });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await db.getRepository(Experiment).count()).toBe(before);
  });
});

describe('claiming', () => {
  test('refuses a run that another worker holds, one that ended, and one that is not there', async () => {
    await claim(db, id);
    expect(await claim(db, id)).toEqual({ claimed: false, reason: 'leased', events: [] });
    await finishExperiment(db, { experimentId: id, attempt: 1, outcome: { status: 'CANCELLED' } });
    expect(await claim(db, id)).toEqual({ claimed: false, reason: 'terminal', events: [] });
    expect(await claim(db, randomUUID())).toEqual({ claimed: false, reason: 'not_found', events: [] });
  });

  test('takes over an expired lease with a new attempt, from which the old one is shut out', async () => {
    await claim(db, id);
    await appendEvent(db, { experimentId: id, attempt: 1, body: EPOCH });
    await expireLease();
    const taken = await claimExperiment(db, {
      experimentId: id,
      workerId: 'second',
      leaseSeconds: 30,
      maxAttempts: 3,
    });
    expect(taken).toMatchObject({ claimed: true, experiment: { attempt: 2, leaseOwner: 'second' } });
    expect(await load()).toMatchObject({ progress: null });

    const before = await history();
    expect(await appendEvent(db, { experimentId: id, attempt: 1, body: LOG })).toBeNull();
    expect(await finishExperiment(db, { experimentId: id, attempt: 1, outcome: SUCCESS })).toBeNull();
    expect(await renewLease(db, { experimentId: id, attempt: 1, leaseSeconds: 30 })).toEqual({
      held: false,
      cancelRequested: false,
    });
    expect(await history()).toEqual(before);
    expect(await db.getRepository(Model).countBy({ experimentId: id })).toBe(0);
  });

  test('fails a run whose workers died as often as it may', async () => {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await claim(db, id)).toMatchObject({ claimed: true, experiment: { attempt } });
      await expireLease();
    }
    const refused = await claim(db, id);
    expect(refused).toMatchObject({
      claimed: false,
      reason: 'too_many_attempts',
      events: [{ body: { status: 'FAILURE', error: { code: 'WORKER_DIED' } } }],
    });
    expect(await load()).toMatchObject({ status: 'FAILURE', attempt: 3, error: { code: 'WORKER_DIED' } });
  });

  test('gives a released run to the next worker at once, and forgives a stopped one', async () => {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await claim(db, id)).toMatchObject({ claimed: true, experiment: { attempt } });
      expect(await releaseExperiment(db, { experimentId: id, attempt, because: 'stopped' })).toBe(true);
      expect(await releaseExperiment(db, { experimentId: id, attempt, because: 'stopped' })).toBe(false);
      expect(await abandoned()).toContain(id);
    }
    for (let attempt = 6; attempt <= 8; attempt += 1) {
      expect(await claim(db, id)).toMatchObject({ claimed: true, experiment: { attempt } });
      expect(await releaseExperiment(db, { experimentId: id, attempt: 1, because: 'died' })).toBe(false);
      expect(await releaseExperiment(db, { experimentId: id, attempt, because: 'died' })).toBe(true);
    }
    expect(await claim(db, id)).toMatchObject({ claimed: false, reason: 'too_many_attempts' });
    expect(await releaseExperiment(db, { experimentId: id, attempt: 8, because: 'died' })).toBe(false);
  });

  test('a renewal that comes after the release does not take the run back', async () => {
    await claim(db, id);
    await releaseExperiment(db, { experimentId: id, attempt: 1, because: 'stopped' });
    expect(await renewLease(db, { experimentId: id, attempt: 1, leaseSeconds: 30 })).toEqual({
      held: false,
      cancelRequested: false,
    });
    expect(await claim(db, id)).toMatchObject({ claimed: true, experiment: { attempt: 2 } });
  });

  test('writes nothing after the end', async () => {
    await claim(db, id);
    await finishExperiment(db, { experimentId: id, attempt: 1, outcome: SUCCESS });
    expect(await appendEvent(db, { experimentId: id, attempt: 1, body: LOG })).toBeNull();
    const again = { status: 'CANCELLED' } as const;
    expect(await finishExperiment(db, { experimentId: id, attempt: 1, outcome: again })).toBeNull();
    expect(await load()).toMatchObject({ status: 'SUCCESS' });
  });
});

describe('cancelling', () => {
  test('ends a waiting run at once', async () => {
    const result = await requestCancel(db, { experimentId: id });
    expect(result).toMatchObject({ status: 'CANCELLED', event: { seq: 2, body: { status: 'CANCELLED' } } });
    expect(await claim(db, id)).toMatchObject({ claimed: false, reason: 'terminal' });
    expect(await requestCancel(db, { experimentId: id })).toEqual({ status: 'CANCELLED', event: null });
  });

  test('asks the worker of a started run, and ends the run when that worker is gone', async () => {
    await claim(db, id);
    expect(await requestCancel(db, { experimentId: id })).toEqual({ status: 'STARTED', event: null });
    expect(await renewLease(db, { experimentId: id, attempt: 1, leaseSeconds: 30 })).toEqual({
      held: true,
      cancelRequested: true,
    });
    await expireLease();
    expect(await claim(db, id)).toMatchObject({
      claimed: false,
      reason: 'cancelled',
      events: [{ body: { status: 'CANCELLED' } }],
    });
  });

  test('knows no run that is not there', async () => {
    expect(await requestCancel(db, { experimentId: randomUUID() })).toBeNull();
  });
});

describe('the reconciler', () => {
  test('finds waiting runs after a grace and started ones after their lease', async () => {
    const started = (await addExperiment(db, ownerId)).id;
    await claim(db, started);
    expect(await abandoned()).not.toContain(id);
    expect(await abandoned()).not.toContain(started);

    await db.query(`UPDATE experiments SET created_at = now() - interval '6 seconds' WHERE id = $1`, [id]);
    await expireLease(started);
    expect(await abandoned()).toEqual(expect.arrayContaining([id, started]));

    await requestCancel(db, { experimentId: id });
    expect(await abandoned()).not.toContain(id);
  });

  test('leaves a renewed run alone', async () => {
    await claim(db, id);
    await expireLease();
    expect(await abandoned()).toContain(id);
    await renewLease(db, { experimentId: id, attempt: 1, leaseSeconds: 30 });
    expect(await abandoned()).not.toContain(id);
  });
});

describe('the history', () => {
  test('is read in pages, in order', async () => {
    await claim(db, id);
    for (let count = 0; count < 5; count += 1) {
      await appendEvent(db, { experimentId: id, attempt: 1, body: LOG });
    }
    const page = await listEvents(db, { experimentId: id, afterSeq: 3, limit: 3 });
    expect(page.map((event) => event.seq)).toEqual([4, 5, 6]);
  });
});

describe('the schema', () => {
  test('refuses usernames that differ by letter case alone', async () => {
    await addUser(db, 'Ayşe');
    await expect(addUser(db, 'ayşe')).rejects.toThrow('users_username_key');
  });

  test('hides password hashes and reports unless asked', async () => {
    const user = await db.getRepository(User).findOneByOrFail({ id: ownerId });
    expect(user.passwordHash).toBeUndefined();
    await claim(db, id);
    await finishExperiment(db, { experimentId: id, attempt: 1, outcome: SUCCESS });
    const withReport = await db
      .getRepository(Experiment)
      .findOneOrFail({ where: { id }, select: { id: true, report: true } });
    expect(withReport.report).toEqual(REPORT);
  });

  test.each([
    ['status', `status = 'LOST'`],
    ['lease', `status = 'STARTED'`],
    ['finished', `status = 'CANCELLED'`],
    ['error', `status = 'FAILURE', finished_at = now()`],
    ['config', `config = '[]'`],
  ])('refuses a row with an impossible %s', async (constraint, change) => {
    await expect(db.query(`UPDATE experiments SET ${change} WHERE id = $1`, [id])).rejects.toThrow(
      `experiments_${constraint}_check`,
    );
  });
});

const RUN = {
  type: 'run',
  epochs: 2,
  batches_per_epoch: 4,
  parameters: 100,
  train_samples: 10,
  validation_samples: 5,
  test_samples: 5,
  device: 'cpu',
  adapter: null,
  seed: 1,
} as const;

const EPOCH = {
  type: 'epoch',
  epoch: 1,
  epochs: 2,
  train_loss: 0.5,
  validation_loss: 0.6,
  metrics: { mae: 0.4 },
  learning_rate: 0.001,
  seconds: 1.5,
  best: true,
  fraction: 0.5,
} as const;
