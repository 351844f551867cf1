/**
 * Where checkpoints are kept, by plain names such as `last` and `best`. `azuraforge-learner/node` has one for a folder;
 * in a browser, IndexedDB or the origin's private file system can be behind it.
 */
export interface CheckpointStore {
  /** The bytes of that name; null when there are none. */
  read(name: string): Promise<Uint8Array | null>;
  /** Replaces what stands there. Whatever happens meanwhile, a later `read` finds the old bytes or the new ones, whole. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}
