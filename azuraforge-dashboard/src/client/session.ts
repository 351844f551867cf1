const STORAGE_KEY = 'azuraforge.token';

export interface Session {
  token(): string | null;
  start(token: string): void;
  /** Ends the session; `expired` when the server ended it rather than the reader. */
  end(reason: 'signed-out' | 'expired'): void;
  endedBy(): 'signed-out' | 'expired' | null;
  subscribe(listener: () => void): () => void;
}

function storage(): Storage | null {
  try {
    return typeof window === 'undefined' ? null : window.sessionStorage;
  } catch {
    // A browser that forbids storage still gets a session that lasts until the page is reloaded.
    return null;
  }
}

/** The access token of this tab: in memory, and in the tab's storage so that a reload keeps it. */
export function createSession(): Session {
  const listeners = new Set<() => void>();
  let current: string | null = storage()?.getItem(STORAGE_KEY) ?? null;
  let ended: 'signed-out' | 'expired' | null = null;
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    token: () => current,
    start(token) {
      current = token;
      ended = null;
      storage()?.setItem(STORAGE_KEY, token);
      changed();
    },
    end(reason) {
      if (current === null) return;
      current = null;
      ended = reason;
      storage()?.removeItem(STORAGE_KEY);
      changed();
    },
    endedBy: () => ended,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
