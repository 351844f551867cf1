import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRange } from '../argument.ts';

export interface DiskCacheOptions {
  directory: string;
  /** Older entries are made again. Default: they last for ever. */
  maxAgeSeconds?: number;
  /** Is told of an entry that was damaged; it is made again. */
  onDamaged?(key: string, file: string): void;
}

interface EntryHead {
  key: string;
  /** Milliseconds since 1970. */
  created: number;
  sha256: string;
}

/**
 * Keeps what is costly to download or compute as files. Each holds the hash of its content, so that a damaged one is
 * noticed; it appears whole or not at all, so that several processes may share the folder.
 */
export class DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #underWay = new Map<string, Promise<Uint8Array>>();

  constructor(options: DiskCacheOptions) {
    checkRange('maxAgeSeconds', options.maxAgeSeconds ?? 0, { minimum: 0 });
    this.#options = options;
  }

  /** What is kept under `key`, or what `make` gives, which is then kept. Calls for one key at a time make it once. */
  get(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const entry = this.#readOrMake(key, make).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, entry);
    return entry;
  }

  /** Forgets what is kept under `key`, if anything. */
  async delete(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true });
  }

  async #readOrMake(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const kept = await this.#read(key);
    if (kept) return kept;
    const content = await make();
    await this.#write(key, content);
    return content;
  }

  async #read(key: string): Promise<Uint8Array | null> {
    const file = this.#fileOf(key);
    let bytes: Buffer;
    try {
      bytes = await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const entry = parseEntry(bytes, key);
    if (!entry) {
      this.#options.onDamaged?.(key, file);
      return null;
    }
    const age = (Date.now() - entry.created) / 1000;
    return age > (this.#options.maxAgeSeconds ?? Number.POSITIVE_INFINITY) ? null : entry.content;
  }

  async #write(key: string, content: Uint8Array): Promise<void> {
    const { directory } = this.#options;
    await mkdir(directory, { recursive: true });
    const draft = join(directory, `.${randomUUID()}`);
    const head: EntryHead = { key, created: Date.now(), sha256: hashOf(content) };
    try {
      const file = await open(draft, 'wx');
      try {
        await file.writeFile(`${JSON.stringify(head)}\n`);
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#fileOf(key));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  #fileOf(key: string): string {
    return join(this.#options.directory, hashOf(new TextEncoder().encode(key)));
  }
}

/** Null where the entry is damaged. */
function parseEntry(bytes: Buffer, key: string): { created: number; content: Uint8Array } | null {
  const end = bytes.indexOf('\n');
  const content = new Uint8Array(bytes.subarray(end + 1));
  try {
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as Partial<EntryHead>;
    const isWhole = head.key === key && typeof head.created === 'number' && head.sha256 === hashOf(content);
    return isWhole ? { created: head.created!, content } : null;
  } catch {
    return null;
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
