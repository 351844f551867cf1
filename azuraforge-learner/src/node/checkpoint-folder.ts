import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { ArgumentError } from '../error.ts';
import type { CheckpointStore } from '../trainer/checkpoint-store.ts';

/**
 * Checkpoints as the files `<name>.safetensors` of a folder. A file is written beside its place, synced and renamed, so
 * that a crash or a power cut leaves the old checkpoint or the new one, never half of it. One training at a time writes into
 * a folder.
 */
export class CheckpointFolder implements CheckpointStore {
  readonly directory: string;

  /** The folder is made by the first write. */
  constructor(directory: string) {
    this.directory = directory;
  }

  async read(name: string): Promise<Uint8Array | null> {
    try {
      return new Uint8Array(await readFile(this.#pathOf(name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(name);
    await mkdir(this.directory, { recursive: true });
    // The same name each time, so that what a crash leaves behind is overwritten.
    const draft = join(this.directory, `.${name}.draft`);
    try {
      await writeSynced(draft, bytes);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(this.directory);
  }

  #pathOf(name: string): string {
    if (name === '' || name !== basename(name)) {
      throw new ArgumentError(`"${name}" is not a plain name for a checkpoint.`);
    }
    return join(this.directory, `${name}.safetensors`);
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename outlast a power cut; Windows knows no such thing. */
async function syncFolder(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
