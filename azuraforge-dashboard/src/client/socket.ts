import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { TASK_STATUS_NAMESPACE } from 'azuraforge-dbmodels/contract';
import type {
  ClientToServerEvents,
  ExperimentEvent,
  ServerToClientEvents,
  SubscribeAnswer,
} from 'azuraforge-dbmodels/contract';
import { ApiError } from './error.ts';

export interface TaskSubscription {
  taskId: string;
  /** Deliver only events with a higher `seq`; 0 for the whole history. */
  afterSeq: number;
  /** Events in order of `seq`, each once, however often the connection breaks. */
  onEvents(events: ExperimentEvent[]): void;
  /** Whether events can arrive right now. */
  onConnection?(connected: boolean): void;
  /** The server refuses the subscription. */
  onRefused?(error: ApiError): void;
}

export interface TaskSocket {
  subscribe(subscription: TaskSubscription): () => void;
  close(): void;
}

interface TaskSocketOptions {
  apiUrl: string;
  token(): string | null;
  onSignInNeeded(): void;
}

interface Listener extends TaskSubscription {
  lastSeq: number;
}

const RETRY_MS = 3000;

/** One connection for all tasks that are being watched; it opens with the first and closes with the last. */
export function createTaskSocket(options: TaskSocketOptions): TaskSocket {
  const tasks = new Map<string, Set<Listener>>();
  const retries = new Map<string, ReturnType<typeof setTimeout>>();
  const asking = new Set<string>();
  let socket: Socket<ServerToClientEvents, ClientToServerEvents> | null = null;

  function retryLater(taskId: string): void {
    clearTimeout(retries.get(taskId));
    retries.set(
      taskId,
      setTimeout(() => request(taskId), RETRY_MS),
    );
  }

  /** Asks for everything that the listener furthest behind has not seen; the others skip what they know. */
  function request(taskId: string): void {
    const listeners = tasks.get(taskId);
    if (!listeners || !socket?.connected) return;
    asking.add(taskId);
    const after_seq = Math.min(...[...listeners].map((listener) => listener.lastSeq));
    socket.emit('subscribe', { task_id: taskId, after_seq }, (answer: SubscribeAnswer) => {
      asking.delete(taskId);
      if (answer.ok) {
        for (const listener of listeners) listener.onConnection?.(true);
        return;
      }
      const { code, message } = answer.error;
      if (code === 'SERVICE_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS' || code === 'INTERNAL') {
        retryLater(taskId);
        return;
      }
      const error = new ApiError({ code, message, status: 0, requestId: answer.error.request_id });
      for (const listener of listeners) listener.onRefused?.(error);
    });
  }

  function deliver(events: ExperimentEvent[]): void {
    const taskId = events[0]?.task_id;
    const listeners = taskId === undefined ? undefined : tasks.get(taskId);
    if (taskId === undefined || !listeners) return;
    let missed = false;
    for (const listener of listeners) {
      const fresh: ExperimentEvent[] = [];
      for (const event of events) {
        if (event.seq <= listener.lastSeq) continue;
        // `seq` has no gaps: a jump means that a message was lost on the way, so ask for it again.
        if (event.seq > listener.lastSeq + 1) {
          missed = true;
          break;
        }
        listener.lastSeq = event.seq;
        fresh.push(event);
      }
      if (fresh.length > 0) listener.onEvents(fresh);
    }
    if (missed && !asking.has(taskId)) request(taskId);
  }

  function setConnected(connected: boolean): void {
    for (const listeners of tasks.values())
      for (const listener of listeners) listener.onConnection?.(connected);
  }

  function open(): void {
    if (socket) return;
    const opened: Socket<ServerToClientEvents, ClientToServerEvents> = io(
      options.apiUrl.replace(/\/+$/, '') + TASK_STATUS_NAMESPACE,
      {
        transports: ['websocket', 'polling'],
        auth: (give) => give({ token: options.token() }),
        reconnectionDelay: 500,
        reconnectionDelayMax: 5000,
      },
    );
    socket = opened;
    opened.on('connect', () => {
      for (const taskId of tasks.keys()) request(taskId);
    });
    opened.on('disconnect', (reason) => {
      asking.clear();
      setConnected(false);
      // After this reason alone, socket.io does not reconnect by itself.
      if (reason === 'io server disconnect') opened.connect();
    });
    opened.on('connect_error', (error: Error & { data?: { error?: { code?: string } } }) => {
      setConnected(false);
      if (opened.active) return;
      // The server refused the handshake; socket.io gives up then.
      if (error.data?.error?.code?.startsWith('TOKEN_')) options.onSignInNeeded();
      else setTimeout(() => opened === socket && opened.connect(), RETRY_MS);
    });
    opened.on('progress', deliver);
  }

  function close(): void {
    for (const timer of retries.values()) clearTimeout(timer);
    retries.clear();
    socket?.disconnect();
    socket = null;
  }

  return {
    subscribe(subscription) {
      const { taskId } = subscription;
      const listener: Listener = { ...subscription, lastSeq: subscription.afterSeq };
      const listeners = tasks.get(taskId) ?? new Set();
      listeners.add(listener);
      tasks.set(taskId, listeners);
      open();
      request(taskId);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        if (tasks.get(taskId) === listeners) tasks.delete(taskId);
        clearTimeout(retries.get(taskId));
        retries.delete(taskId);
        if (socket?.connected) socket.emit('unsubscribe', { task_id: taskId });
        if (tasks.size === 0) close();
      };
    },
    close,
  };
}
