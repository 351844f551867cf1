import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  ERROR_STATUS,
  EXPERIMENT_STATUSES,
  isTerminal,
  TERMINAL_STATUSES,
  type ExperimentEvent,
} from '../src/contract.ts';
import {
  appendEvent,
  createExperiment,
  finishExperiment,
  listEvents,
  requestCancel,
  type NewEvent,
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

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Exactly the shape of `ExperimentEvent`, and the same after a trip over the wire. */
function expectEvent(event: ExperimentEvent | null | undefined): void {
  expect(event).toStrictEqual({
    experiment_id: expect.stringMatching(UUID),
    task_id: expect.stringMatching(UUID),
    seq: expect.any(Number),
    attempt: expect.any(Number),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    body: expect.objectContaining({ type: expect.any(String) }),
  });
  expect(JSON.parse(JSON.stringify(event))).toStrictEqual(event);
}

const BODIES: NewEvent['body'][] = [
  { type: 'stage', stage: 'loading' },
  {
    type: 'run',
    epochs: 2,
    batches_per_epoch: 4,
    parameters: 100,
    train_samples: 10,
    validation_samples: 5,
    test_samples: 5,
    device: 'webgpu',
    adapter: 'NVIDIA H200',
    seed: 1,
  },
  { type: 'batch', epoch: 1, epochs: 2, batch: 1, batches: 4, loss: 0.5, fraction: 0.1 },
  {
    type: 'epoch',
    epoch: 1,
    epochs: 2,
    train_loss: 0.5,
    validation_loss: null,
    metrics: {},
    learning_rate: 0.001,
    seconds: 0.2,
    best: true,
    fraction: 0.5,
  },
  { type: 'preview', epoch: 1, target: 'rain', unit: 'mm', labels: ['a'], actual: [1], predicted: [1.5] },
  { type: 'early_stop', epoch: 2, best_epoch: 1, patience: 1 },
  { type: 'log', level: 'warn', message: 'Two rows were left out.' },
];

test('every operation returns events of the contract, and stores what it returns', async () => {
  const created = await createExperiment(db, {
    ownerId,
    name: 'n',
    pipelineId: 'p',
    plugin: { name: 'app-p', version: '1.0.0' },
    config: {},
  });
  const experimentId = created.experiment.id;
  const returned: (ExperimentEvent | null)[] = [...created.events];
  const claimed = await claim(db, experimentId);
  returned.push(claimed.claimed ? claimed.event : null);
  for (const body of BODIES) {
    const event = await appendEvent(db, { experimentId, attempt: 1, body });
    expect(event?.body).toStrictEqual(body);
    returned.push(event);
  }
  returned.push(await finishExperiment(db, { experimentId, attempt: 1, outcome: SUCCESS }));

  for (const event of returned) expectEvent(event);
  expect(await listEvents(db, { experimentId, afterSeq: 0, limit: 100 })).toStrictEqual(returned);

  const waiting = await addExperiment(db, ownerId);
  expectEvent((await requestCancel(db, { experimentId: waiting.id }))?.event);
});

test('every state is either terminal or open, and every error code has a status of its kind', () => {
  expect(EXPERIMENT_STATUSES.filter(isTerminal)).toEqual([...TERMINAL_STATUSES]);
  for (const status of Object.values(ERROR_STATUS)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  }
});
