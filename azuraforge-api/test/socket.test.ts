import {
  appendEvent,
  createExperiment,
  finishExperiment,
  listEvents,
  requestCancel,
} from 'azuraforge-dbmodels';
import {
  TASK_STATUS_NAMESPACE,
  taskProgressChannel,
  type ClientToServerEvents,
  type ExperimentEvent,
  type ServerToClientEvents,
  type SubscribeAnswer,
  type TrainingEvent,
} from 'azuraforge-dbmodels/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { signAccessToken } from '../src/auth/token.ts';
import { ORIGIN, startTestApi, type TestApi } from './api.ts';
import { expectFit } from './described.ts';
import { addExperiment, startRun, WEATHER } from './worker.ts';

type Client = Socket<ServerToClientEvents, ClientToServerEvents>;

let api: TestApi;
let token: string;
let userId: string;
const clients: Client[] = [];

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  const { user, token: own } = await api.addUser();
  token = own;
  userId = user.id;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

function open(auth: object = { token }, options: object = {}): Client {
  const client: Client = io(api.url + TASK_STATUS_NAMESPACE, {
    auth,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...options,
  });
  clients.push(client);
  return client;
}

async function connect(auth?: object, options?: object): Promise<Client> {
  const client = open(auth, options);
  await new Promise<void>((resolve, reject) => {
    client.on('connect', resolve);
    client.on('connect_error', reject);
  });
  return client;
}

/** Everything that a client is sent from now on. */
function record(client: Client): {
  events: ExperimentEvent[];
  batches: number[];
  until(seq: number): Promise<void>;
} {
  const events: ExperimentEvent[] = [];
  const batches: number[] = [];
  client.on('progress', (batch) => {
    events.push(...batch);
    batches.push(batch.length);
  });
  return {
    events,
    batches,
    until: (seq) => eventually(() => expect(events.at(-1)?.seq).toBeGreaterThanOrEqual(seq)),
  };
}

async function eventually(check: () => void | Promise<void>, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }
}

const subscribe = (client: Client, taskId: unknown, afterSeq: unknown = 0): Promise<SubscribeAnswer> =>
  client.emitWithAck('subscribe', { task_id: taskId as string, after_seq: afterSeq as number });

const LOG: TrainingEvent = { type: 'log', level: 'info', message: 'x' };

/** As a worker does: store, then publish. */
async function emit(
  experimentId: string,
  body: TrainingEvent = LOG,
  { publish = true } = {},
): Promise<ExperimentEvent> {
  const event = await appendEvent(api.database, { experimentId, attempt: 1, body });
  if (publish) await tell(event!);
  return event!;
}

const tell = (event: ExperimentEvent) =>
  api.redis.publish(taskProgressChannel(event.task_id), JSON.stringify(event));

async function addRun(): Promise<{ id: string; taskId: string }> {
  const experiment = await addExperiment(api, userId);
  await startRun(api, experiment.id);
  return experiment;
}

const seqs = (events: ExperimentEvent[]) => events.map((event) => event.seq);
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const channels = async () => (await api.redis.pubSubChannels('task-progress:*')).length;

describe('the handshake', () => {
  test.each<[string, () => object, string]>([
    ['no token', () => ({}), 'TOKEN_MISSING'],
    ['a wrong token', () => ({ token: 'abc' }), 'TOKEN_INVALID'],
    ['a token that is no text', () => ({ token: { a: 1 } }), 'TOKEN_MISSING'],
  ])('is refused with %s', async (_what, auth, code) => {
    const error: Error & { data?: unknown } = await connect(auth()).then(
      () => new Error('connected'),
      (reason: Error) => reason,
    );
    expectFit('ErrorEnvelope', error.data, 'handshake');
    expect(error.data).toMatchObject({ error: { code } });
  });

  test('is refused to pages of other origins', async () => {
    await expect(connect({ token }, { extraHeaders: { origin: 'http://evil.test' } })).rejects.toThrow();
    await expect(connect({ token }, { extraHeaders: { origin: ORIGIN } })).resolves.toBeDefined();
  });

  test('ends when its token does', async () => {
    const { access_token: longLived } = signAccessToken(api.keys, userId);
    const client = await connect({ token: longLived });
    expect(client.connected).toBe(true);
    const { default: jwt } = await import('jsonwebtoken');
    const shortLived = jwt.sign({}, api.keys.signing.privateKey, {
      algorithm: 'ES256',
      issuer: 'azuraforge',
      audience: 'azuraforge-api',
      subject: userId,
      expiresIn: 2,
      header: { alg: 'ES256', typ: 'at+jwt', kid: api.keys.signing.kid },
    });
    const doomed = await connect({ token: shortLived });
    await eventually(() => expect(doomed.connected).toBe(false));
    expect(client.connected).toBe(true);
  });
});

describe('a subscription', () => {
  test('is refused for what is not there, not allowed or not understood', async () => {
    const run = await addRun();
    const stranger = await connect({ token: (await api.addUser()).token });
    const client = await connect();
    const cases: [Client, unknown, unknown, string][] = [
      [stranger, run.taskId, 0, 'TASK_NOT_FOUND'],
      [client, 'nothing', 0, 'TASK_NOT_FOUND'],
      [client, 'nul\0', 0, 'TASK_NOT_FOUND'],
      [client, run.id, 0, 'TASK_NOT_FOUND'],
      [client, run.taskId, -1, 'VALIDATION_FAILED'],
      [client, run.taskId, 'x', 'VALIDATION_FAILED'],
      [client, 5, 0, 'VALIDATION_FAILED'],
    ];
    for (const [who, taskId, afterSeq, code] of cases) {
      const answer = await subscribe(who, taskId, afterSeq);
      expect(answer).toMatchObject({ ok: false, error: { code } });
      if (!answer.ok) expectFit('ErrorEnvelope', { error: answer.error }, 'subscribe');
    }
    client.emit('subscribe', null as never, undefined as never);
    client.emit('unsubscribe', null as never);
    const admin = await connect({ token: (await api.addUser('admin')).token });
    expect(await subscribe(admin, run.taskId)).toEqual({ ok: true, last_seq: 2 });
  });

  test('brings the history in bounded batches, then what is new', async () => {
    const run = await addRun();
    await api.database.transaction(async (transaction) => {
      for (let index = 0; index < 500; index += 1) {
        await appendEvent(transaction, { experimentId: run.id, attempt: 1, body: LOG });
      }
    });
    const client = await connect();
    const seen = record(client);
    expect(await subscribe(client, run.taskId)).toEqual({ ok: true, last_seq: 502 });
    await seen.until(502);
    expect(Math.max(...seen.batches)).toBeLessThanOrEqual(200);
    await emit(run.id);
    await seen.until(503);
    expect(seqs(seen.events)).toEqual(range(1, 503));
    expect(seen.events).toEqual(
      await listEvents(api.database, { experimentId: run.id, afterSeq: 0, limit: 1000 }),
    );
  });

  test('delivers every event once and in order while many are being stored', async () => {
    const run = await addRun();
    const readers = await Promise.all(
      [0, 2, 30].map(async (afterSeq) => {
        const client = await connect();
        return { client, afterSeq, seen: record(client) };
      }),
    );
    const storing = (async () => {
      for (let round = 0; round < 20; round += 1) {
        // Several at once: their messages overtake each other.
        await Promise.all(range(1, 8).map(() => emit(run.id)));
      }
    })();
    await Promise.all(readers.map(({ client, afterSeq }) => subscribe(client, run.taskId, afterSeq)));
    await storing;
    for (const { afterSeq, seen } of readers) {
      await seen.until(162);
      expect(seqs(seen.events)).toEqual(range(afterSeq + 1, 162));
    }
  });

  test('is not misled by messages that are lost, doubled or late', async () => {
    const run = await addRun();
    const client = await connect();
    const seen = record(client);
    await subscribe(client, run.taskId);
    await seen.until(2);
    await api.redis.publish(taskProgressChannel(run.taskId), 'not JSON');
    await api.redis.publish(taskProgressChannel(run.taskId), 'null');
    const lost = await emit(run.id, LOG, { publish: false });
    const next = await emit(run.id);
    await seen.until(4);
    await tell(next);
    await tell(lost);
    await emit(run.id);
    await seen.until(5);
    expect(seqs(seen.events)).toEqual(range(1, 5));
  });

  test('hears of an event whose message never came', async () => {
    const run = await addRun();
    const client = await connect();
    const seen = record(client);
    await subscribe(client, run.taskId);
    await emit(run.id, LOG, { publish: false });
    await seen.until(3);
    expect(seqs(seen.events)).toEqual([1, 2, 3]);
  });

  test('goes on where it stopped after the connection broke', async () => {
    const run = await addRun();
    const client = await connect(undefined, { reconnection: true, reconnectionDelay: 100 });
    const seen = record(client);
    await subscribe(client, run.taskId);
    await emit(run.id);
    await seen.until(3);
    client.io.engine.close();
    await emit(run.id);
    await emit(run.id);
    await eventually(() => expect(client.connected).toBe(true));
    await subscribe(client, run.taskId, seen.events.at(-1)!.seq);
    await emit(run.id);
    await seen.until(6);
    expect(seqs(seen.events)).toEqual(range(1, 6));
  });

  test('goes on after a restart of Redis, with what happened meanwhile', async () => {
    const run = await addRun();
    const client = await connect();
    const seen = record(client);
    await subscribe(client, run.taskId);
    await seen.until(2);
    await api.stopRedis();
    await emit(run.id, LOG, { publish: false });
    const late = await connect();
    const alsoSeen = record(late);
    expect(await subscribe(late, run.taskId)).toMatchObject({ ok: true });
    await alsoSeen.until(3);
    await api.startRedis();
    await eventually(async () =>
      expect(await api.redis.pubSubNumSub([taskProgressChannel(run.taskId)])).toEqual({
        [taskProgressChannel(run.taskId)]: 1,
      }),
    );
    for (let index = 0; index < 5; index += 1) await emit(run.id);
    await seen.until(8);
    await alsoSeen.until(8);
    expect(seqs(seen.events)).toEqual(range(1, 8));
    expect(seqs(alsoSeen.events)).toEqual(range(1, 8));
  });

  test('to the same task again begins anew, without doubles', async () => {
    const run = await addRun();
    const client = await connect();
    const seen = record(client);
    await Promise.all([
      subscribe(client, run.taskId, 2),
      subscribe(client, run.taskId, 2),
      subscribe(client, run.taskId, 2),
    ]);
    await emit(run.id);
    await emit(run.id);
    await seen.until(4);
    expect(seqs(seen.events)).toEqual([3, 4]);
  });

  test('lets its channel go on unsubscribe, on disconnect and at the end of the run', async () => {
    await eventually(async () => expect(await channels()).toBe(0));
    const [first, second, third] = [await addRun(), await addRun(), await addExperiment(api, userId)];
    const client = await connect();
    const seen = record(client);
    for (const run of [first, second, third]) await subscribe(client, run.taskId);
    await eventually(async () => expect(await channels()).toBe(3));

    client.emit('unsubscribe', { task_id: first.taskId });
    await eventually(async () => expect(await channels()).toBe(2));
    const before = seen.events.length;
    await emit(first.id);

    const cancelled = await requestCancel(api.database, { experimentId: third.id });
    await tell(cancelled!.event!);
    await eventually(async () => expect(await channels()).toBe(1));
    expect(seen.events.at(-1)!.body).toEqual({ type: 'status', status: 'CANCELLED' });
    expect(seen.events).toHaveLength(before + 1);

    client.disconnect();
    await eventually(async () => expect(await channels()).toBe(0));
  });

  test('to a run that has ended brings its history', async () => {
    const run = await addRun();
    const error = { code: 'PIPELINE_ERROR', message: 'It broke.' } as const;
    await finishExperiment(api.database, {
      experimentId: run.id,
      attempt: 1,
      outcome: { status: 'FAILURE', error },
    });
    const client = await connect();
    const seen = record(client);
    await subscribe(client, run.taskId, 1);
    await seen.until(3);
    expect(seen.events.at(-1)!.body).toEqual({ type: 'status', status: 'FAILURE', error });
    await eventually(async () => expect(await channels()).toBe(0));
  });

  test('may be one of fifty', async () => {
    const client = await connect();
    for (let index = 0; index < 51; index += 1) {
      const { experiment } = await createExperiment(api.database, {
        ownerId: userId,
        name: 'n',
        pipelineId: WEATHER.id,
        plugin: { name: 'p', version: '1.0.0' },
        config: {},
      });
      const answer = await subscribe(client, experiment.taskId, 1);
      expect(answer.ok).toBe(index < 50);
    }
  });
});
