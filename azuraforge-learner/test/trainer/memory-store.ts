import type { CheckpointStore } from '../../src/trainer/checkpoint-store.ts';

/** Checkpoints in memory, with how often each was written. */
export class MemoryStore implements CheckpointStore {
  readonly files = new Map<string, Uint8Array>();
  readonly writes: string[] = [];

  async read(name: string): Promise<Uint8Array | null> {
    return this.files.get(name) ?? null;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes);
    this.writes.push(name);
  }
}
