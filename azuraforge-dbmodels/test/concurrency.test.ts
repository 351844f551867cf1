import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  appendEvent,
  Experiment,
  finishExperiment,
  listEvents,
  Model,
  requestCancel,
  type Finish,
} from '../src/index.ts';
import { addExperiment, addUser, migratedDatabase } from './database.ts';
import { claim, SUCCESS } from './run.ts';

let db: DataSource;
let ownerId: string;

beforeAll(async () => {
  db = await migratedDatabase();
  ownerId = (await addUser(db)).id;
});
afterAll(() => db.destroy());

const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));
const seqs = async (experimentId: string) =>
  (await listEvents(db, { experimentId, afterSeq: 0, limit: 1000 })).map((event) => event.seq);
const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('at the same time', () => {
  test('many workers claim one run: one gets it, and one attempt is counted', async () => {
    const { id } = await addExperiment(db, ownerId);
    const results = await times(8, (index) => claim(db, id, `worker-${index}`));
    expect(results.filter((result) => result.claimed)).toHaveLength(1);
    expect(results.filter((result) => !result.claimed && result.reason === 'leased')).toHaveLength(7);
    const experiment = await db.getRepository(Experiment).findOneByOrFail({ id });
    expect(experiment).toMatchObject({ attempt: 1, lastSeq: 2 });
  });

  test('many events are appended: seq has no gap and no double', async () => {
    const { id } = await addExperiment(db, ownerId);
    await claim(db, id);
    const stored = await times(60, (index) =>
      appendEvent(db, {
        experimentId: id,
        attempt: 1,
        body: { type: 'log', level: 'info', message: `line ${index}` },
      }),
    );
    expect(stored.map((event) => event?.seq).sort((a, b) => a! - b!)).toEqual(oneTo(62).slice(2));
    expect(await seqs(id)).toEqual(oneTo(62));
  });

  test('an append that is rolled back leaves no gap', async () => {
    const { id } = await addExperiment(db, ownerId);
    await claim(db, id);
    const body = { type: 'log', level: 'info', message: 'x' } as const;
    const undone = db.transaction(async (transaction) => {
      await appendEvent(transaction, { experimentId: id, attempt: 1, body });
      throw new Error('undone');
    });
    await Promise.all([
      expect(undone).rejects.toThrow('undone'),
      times(10, () => appendEvent(db, { experimentId: id, attempt: 1, body })),
    ]);
    expect(await seqs(id)).toEqual(oneTo(12));
  });

  test('a run ends in several ways: the first counts, the others write nothing', async () => {
    const { id } = await addExperiment(db, ownerId);
    await claim(db, id);
    const outcomes: Finish['outcome'][] = [
      SUCCESS,
      { status: 'CANCELLED' },
      { status: 'FAILURE', error: { code: 'PIPELINE_ERROR', message: 'It broke.' } },
      SUCCESS,
    ];
    const ended = await times(outcomes.length, (index) =>
      finishExperiment(db, { experimentId: id, attempt: 1, outcome: outcomes[index]! }),
    );
    const winner = ended.filter((event) => event !== null);
    expect(winner).toHaveLength(1);
    expect(await seqs(id)).toEqual([1, 2, 3]);
    const experiment = await db.getRepository(Experiment).findOneByOrFail({ id });
    expect(winner[0]!.body).toMatchObject({ status: experiment.status });
    const models = await db.getRepository(Model).countBy({ experimentId: id });
    expect(models).toBe(experiment.status === 'SUCCESS' ? 1 : 0);
  });

  test('a cancel meets a claim: the run is either cancelled or started and asked to stop', async () => {
    const rounds = await times(6, async () => {
      const { id } = await addExperiment(db, ownerId);
      const [claimed, cancelled] = await Promise.all([
        claim(db, id),
        requestCancel(db, { experimentId: id }),
      ]);
      const experiment = await db.getRepository(Experiment).findOneByOrFail({ id });
      expect(experiment.cancelRequestedAt).not.toBeNull();
      expect(cancelled!.status).toBe(experiment.status);
      expect(claimed.claimed).toBe(experiment.status === 'STARTED');
      return experiment.status;
    });
    expect(rounds.every((status) => status === 'STARTED' || status === 'CANCELLED')).toBe(true);
  });
});
