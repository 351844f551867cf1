import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TASK_STATUS_NAMESPACE } from 'azuraforge-dbmodels/contract';
import type {
  ClientToServerEvents,
  ExperimentEvent,
  ServerToClientEvents,
  SubscribeAnswer,
  SubscribeRequest,
} from 'azuraforge-dbmodels/contract';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import { createTaskSocket } from '../src/client/socket.ts';

type ServerSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function event(seq: number, task = 't'): ExperimentEvent {
  return {
    experiment_id: 'e',
    task_id: task,
    seq,
    attempt: 1,
    at: '2026-01-01T00:00:00.000Z',
    body: { type: 'log', level: 'info', message: String(seq) },
  };
}

/** A server that speaks the contract: each subscription gets the stored events that it asks for. */
async function startServer(stored: ExperimentEvent[]) {
  const http = createServer();
  const io = new Server<ClientToServerEvents, ServerToClientEvents>(http, { cors: { origin: '*' } });
  const requests: SubscribeRequest[] = [];
  const left: string[] = [];
  const sockets: ServerSocket[] = [];
  const tokens: unknown[] = [];
  let refusal: SubscribeAnswer | null = null;
  io.of(TASK_STATUS_NAMESPACE).on('connection', (socket) => {
    sockets.push(socket);
    tokens.push(socket.handshake.auth.token);
    socket.on('subscribe', (request, answer) => {
      requests.push(request);
      if (refusal) return answer(refusal);
      const missed = stored.filter(
        (known) => known.task_id === request.task_id && known.seq > request.after_seq,
      );
      answer({ ok: true, last_seq: stored.length });
      if (missed.length > 0) socket.emit('progress', missed);
    });
    socket.on('unsubscribe', ({ task_id }) => left.push(task_id));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => io.close());
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests,
    left,
    sockets,
    tokens,
    refuse: (answer: SubscribeAnswer | null) => (refusal = answer),
    latest: () => sockets.at(-1),
  };
}

function connect(url: string) {
  const socket = createTaskSocket({ apiUrl: url, token: () => 'secret', onSignInNeeded: () => undefined });
  cleanups.push(() => socket.close());
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function collect() {
  const seen: number[] = [];
  return { seen, onEvents: (events: ExperimentEvent[]) => seen.push(...events.map((one) => one.seq)) };
}

describe('createTaskSocket', () => {
  test('gives the token, then the history after what is known, then what happens live', async () => {
    const stored = [1, 2, 3].map((seq) => event(seq));
    const server = await startServer(stored);
    const { seen, onEvents } = collect();
    connect(server.url).subscribe({ taskId: 't', afterSeq: 1, onEvents });
    await until(() => seen.length === 2);
    server.latest()?.emit('progress', [event(4)]);
    await until(() => seen.length === 3);
    expect(seen).toEqual([2, 3, 4]);
    expect(server.tokens).toEqual(['secret']);
    expect(server.requests).toEqual([{ task_id: 't', after_seq: 1 }]);
  });

  test('after a broken connection it asks for what it missed, and gives each event once', async () => {
    const stored = [event(1), event(2)];
    const server = await startServer(stored);
    const { seen, onEvents } = collect();
    const connections: boolean[] = [];
    connect(server.url).subscribe({
      taskId: 't',
      afterSeq: 0,
      onEvents,
      onConnection: (connected) => connections.push(connected),
    });
    await until(() => seen.length === 2);
    stored.push(event(3), event(4));
    server.latest()?.conn.close();
    await until(() => seen.length === 4);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(server.requests.at(-1)).toEqual({ task_id: 't', after_seq: 2 });
    expect(connections).toEqual([true, false, true]);
  });

  test('comes back after the server has ended the connection', async () => {
    const stored = [event(1)];
    const server = await startServer(stored);
    const { seen, onEvents } = collect();
    connect(server.url).subscribe({ taskId: 't', afterSeq: 0, onEvents });
    await until(() => seen.length === 1);
    stored.push(event(2));
    server.latest()?.disconnect();
    await until(() => seen.length === 2);
    expect(seen).toEqual([1, 2]);
  });

  test('leaves out what it has seen, and asks again where something is missing between', async () => {
    const stored = [event(1), event(2)];
    const server = await startServer(stored);
    const { seen, onEvents } = collect();
    connect(server.url).subscribe({ taskId: 't', afterSeq: 0, onEvents });
    await until(() => seen.length === 2);
    server.latest()?.emit('progress', [event(1), event(2)]);
    stored.push(event(3), event(4), event(5));
    server.latest()?.emit('progress', [event(5)]);
    await until(() => seen.length === 5);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(server.requests).toHaveLength(2);
  });

  test('two readers of one task each get everything once, and the second may come late', async () => {
    const server = await startServer([event(1), event(2)]);
    const socket = connect(server.url);
    const early = collect();
    const late = collect();
    const stop = socket.subscribe({ taskId: 't', afterSeq: 0, onEvents: early.onEvents });
    await until(() => early.seen.length === 2);
    socket.subscribe({ taskId: 't', afterSeq: 0, onEvents: late.onEvents });
    await until(() => late.seen.length === 2);
    stop();
    server.latest()?.emit('progress', [event(3)]);
    await until(() => late.seen.length === 3);
    expect(early.seen).toEqual([1, 2]);
    expect(server.left).toEqual([]);
    expect(server.sockets).toHaveLength(1);
  });

  test('tasks do not mix, and the connection ends with the last reader', async () => {
    const server = await startServer([event(1, 'a'), event(1, 'b'), event(2, 'b')]);
    const socket = connect(server.url);
    const a = collect();
    const b = collect();
    const stopA = socket.subscribe({ taskId: 'a', afterSeq: 0, onEvents: a.onEvents });
    const stopB = socket.subscribe({ taskId: 'b', afterSeq: 0, onEvents: b.onEvents });
    await until(() => a.seen.length === 1 && b.seen.length === 2);
    stopA();
    await until(() => server.left.includes('a'));
    expect(server.latest()?.connected).toBe(true);
    stopB();
    await until(() => server.latest()?.connected === false);
  });

  test('says when the server refuses a task', async () => {
    const server = await startServer([]);
    server.refuse({ ok: false, error: { code: 'TASK_NOT_FOUND', message: 'None.', request_id: 'r' } });
    const codes: string[] = [];
    connect(server.url).subscribe({
      taskId: 't',
      afterSeq: 0,
      onEvents: () => undefined,
      onRefused: (error) => codes.push(error.code),
    });
    await until(() => codes.length === 1);
    expect(codes).toEqual(['TASK_NOT_FOUND']);
  });

  test('a refused sign-in asks for a new one', async () => {
    const http = createServer();
    const io = new Server(http, { cors: { origin: '*' } });
    io.of(TASK_STATUS_NAMESPACE).use((_socket, next) =>
      next(
        Object.assign(new Error('expired'), {
          data: { error: { code: 'TOKEN_EXPIRED', message: 'Sign in.', request_id: 'r' } },
        }),
      ),
    );
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => io.close());
    let asked = 0;
    const socket = createTaskSocket({
      apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      token: () => 'old',
      onSignInNeeded: () => (asked += 1),
    });
    cleanups.push(() => socket.close());
    socket.subscribe({ taskId: 't', afterSeq: 0, onEvents: () => undefined });
    await until(() => asked === 1);
  });
});
