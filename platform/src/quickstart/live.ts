import {
  type ClientToServerEvents,
  type ExperimentEvent,
  isTerminal,
  type ServerToClientEvents,
  type StatusEvent,
  TASK_STATUS_NAMESPACE,
} from 'azuraforge-dbmodels/contract';
import { io, type Socket } from 'socket.io-client';

export interface LiveOptions {
  apiUrl: string;
  taskId: string;
  /** Gives a token that is valid now; asked for at each connection. */
  token(): Promise<string>;
  onEvent(event: ExperimentEvent): void;
  signal?: AbortSignal;
}

/**
 * Follows a run over its socket until it has ended; every event is given once and in order, also when the connection
 * breaks meanwhile.
 *
 * @returns The run's last status event.
 * @throws Error when the API refuses the subscription; the signal's reason when that is raised.
 */
export async function followRun(options: LiveOptions): Promise<StatusEvent> {
  const { signal, taskId } = options;
  signal?.throwIfAborted();
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(
    `${options.apiUrl}${TASK_STATUS_NAMESPACE}`,
    {
      transports: ['websocket'],
      auth: (give) => {
        options.token().then(
          (token) => give({ token }),
          () => give({}),
        );
      },
    },
  );
  let lastSeq = 0;
  try {
    return await new Promise<StatusEvent>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      socket.on('connect', () => {
        socket.emit('subscribe', { task_id: taskId, after_seq: lastSeq }, (answer) => {
          if (!answer.ok) reject(new Error(answer.error.message));
        });
      });
      socket.on('connect_error', (error) => {
        // Without `active` the server has refused for good; everything else is tried again.
        if (!socket.active) reject(error);
      });
      socket.on('disconnect', (reason) => {
        // The server closes a connection whose token has run out.
        if (reason === 'io server disconnect') socket.connect();
      });
      socket.on('progress', (events) => {
        for (const event of events) {
          if (event.seq <= lastSeq) continue;
          lastSeq = event.seq;
          options.onEvent(event);
          if (event.body.type === 'status' && isTerminal(event.body.status)) resolve(event.body);
        }
      });
    });
  } finally {
    socket.disconnect();
  }
}
