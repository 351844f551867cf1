import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { Experiment, type User } from 'azuraforge-dbmodels';
import {
  TASK_STATUS_NAMESPACE,
  type ClientToServerEvents,
  type ServerToClientEvents,
  type SubscribeAnswer,
} from 'azuraforge-dbmodels/contract';
import { Server, type DefaultEventsMap, type Socket } from 'socket.io';
import { authenticateToken } from './auth/authenticate.ts';
import { visibleTo } from './auth/policy.ts';
import { requireDatabase } from './database.ts';
import { ApiError, toApiError } from './error.ts';
import { isUuid } from './http/id.ts';
import { reasonOf } from './logger.ts';
import type { Subscription } from './progress.ts';
import { schemaErrors } from './schema.ts';
import type { Services } from './services.ts';

/** As many runs as one page could sensibly watch at once. */
const MOST_SUBSCRIPTIONS = 50;

const SUBSCRIBE_SCHEMA = {
  type: 'object',
  required: ['task_id', 'after_seq'],
  properties: {
    task_id: { type: 'string' },
    after_seq: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
  },
};

interface SocketData {
  user: User;
  /** When its token expires, in seconds since 1970. */
  expiresAt: number;
}

export type TaskServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;
type TaskSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;

/** Live progress over socket.io. */
export function createSocketServer(server: HttpServer, services: Services): TaskServer {
  const { allowedOrigins } = services.settings;
  const io: TaskServer = new Server(server, {
    serveClient: false,
    maxHttpBufferSize: 64 * 1024,
    cors: { origin: allowedOrigins },
    // Browsers ask for no permission before they open a WebSocket, so the origin is checked here too.
    allowRequest: ({ headers }, callback) =>
      callback(null, !headers.origin || allowedOrigins.includes(headers.origin)),
  });
  const namespace = io.of(TASK_STATUS_NAMESPACE);
  namespace.use(async (socket, next) => next(await refusalOf(socket, services)));
  namespace.on('connection', (socket) => serve(socket, services));
  return io;
}

/** Undefined for a socket that may stay; else an error whose `data` is the envelope. */
async function refusalOf(socket: TaskSocket, { database, keys }: Services): Promise<Error | undefined> {
  try {
    requireDatabase(database);
    const token: unknown = Reflect.get(Object(socket.handshake.auth), 'token');
    Object.assign(socket.data, await authenticateToken(database, keys, token));
    return undefined;
  } catch (error) {
    const refusal = toApiError(error);
    return Object.assign(new Error(refusal.message), { data: refusal.envelope(randomUUID()) });
  }
}

function serve(socket: TaskSocket, services: Services): void {
  const { metrics, log } = services;
  const subscriptions = new Map<string, Subscription>();
  // Not before: a client that leaves during the handshake is never told to be disconnected.
  const expiry = setTimeout(() => socket.disconnect(true), socket.data.expiresAt * 1000 - Date.now());
  metrics.sockets.inc();

  socket.on('subscribe', (request: unknown, answer: unknown) => {
    // A client that asks for no answer still gets its events.
    const respond = (result: SubscribeAnswer) => {
      if (typeof answer === 'function') answer(result);
    };
    subscribe(socket, services, subscriptions, request).then(
      (lastSeq) => respond({ ok: true, last_seq: lastSeq }),
      (error: unknown) => {
        const refusal = toApiError(error);
        const requestId = randomUUID();
        if (refusal.status >= 500)
          log.error('A subscription failed', { request_id: requestId, reason: reasonOf(error) });
        respond({ ok: false, ...refusal.envelope(requestId) });
      },
    );
  });

  socket.on('unsubscribe', (request: unknown) => {
    const taskId: unknown = Reflect.get(Object(request), 'task_id');
    if (typeof taskId !== 'string') return;
    subscriptions.get(taskId)?.close();
    subscriptions.delete(taskId);
  });

  socket.on('disconnect', () => {
    clearTimeout(expiry);
    metrics.sockets.dec();
    for (const subscription of subscriptions.values()) subscription.close();
    subscriptions.clear();
  });
}

/** Starts to deliver a run's events; the answer is the newest `seq` at this moment. */
async function subscribe(
  socket: TaskSocket,
  { database, progress }: Services,
  subscriptions: Map<string, Subscription>,
  request: unknown,
): Promise<number> {
  const details = schemaErrors(SUBSCRIBE_SCHEMA, request);
  if (details.length > 0)
    throw new ApiError('VALIDATION_FAILED', 'Subscribe with a task_id and an after_seq.', { details });
  const { task_id: taskId, after_seq: afterSeq } = request as { task_id: string; after_seq: number };

  const experiment = isUuid(taskId)
    ? await database.getRepository(Experiment).findOneBy({ taskId, ...visibleTo(socket.data.user) })
    : null;
  if (!experiment)
    throw new ApiError(
      'TASK_NOT_FOUND',
      'There is no task with this id; check it, or open the run from the list.',
    );
  if (!subscriptions.has(taskId) && subscriptions.size >= MOST_SUBSCRIPTIONS) {
    throw new ApiError(
      'TOO_MANY_REQUESTS',
      `One connection may watch ${MOST_SUBSCRIPTIONS} tasks; unsubscribe from some first.`,
    );
  }

  subscriptions.get(taskId)?.close();
  const place: Subscription = { close: () => {} };
  subscriptions.set(taskId, place);
  const subscription = await progress.subscribe(experiment, afterSeq, (events) =>
    socket.emit('progress', events),
  );
  // The client may have left, unsubscribed or subscribed anew while Redis was being asked.
  if (socket.connected && subscriptions.get(taskId) === place) {
    subscriptions.set(taskId, subscription);
  } else {
    subscription.close();
  }
  return experiment.lastSeq;
}
