import { lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from 'azuraforge-dbmodels/contract';
import { checkReport } from './artifacts/report.ts';
import { MODEL_FILES } from './run/protocol.ts';

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;
const RUN_FOLDERS = '.runs';

const MAX_BYTES: Record<(typeof MODEL_FILES)[number], number> = {
  'model.safetensors': 8 * 1024 ** 3,
  'model.json': 16 * 1024 ** 2,
  'report.json': 16 * 1024 ** 2,
};

/** What a run left behind cannot be taken over; the message says why. */
export class ArtifactError extends Error {
  override name = 'ArtifactError';
}

/** A run folder whose content was found to be whole. */
export interface VerifiedRun {
  report: Report;
  sizeBytes: number;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A safetensors file starts with the length of its JSON header, little-endian in eight bytes. */
async function checkSafetensors(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    const headerBytes = bytes < 8 ? Infinity : Number(start.readBigUInt64LE());
    if (headerBytes > bytes - 8 || headerBytes > 100 * 1024 ** 2) throw new Error('its header is cut off');
    const header = Buffer.alloc(headerBytes);
    await file.read(header, 0, headerBytes, 8);
    JSON.parse(header.toString('utf8'));
  } catch (error) {
    throw new ArtifactError(`model.safetensors is damaged: ${(error as Error).message}.`, { cause: error });
  } finally {
    await file.close();
  }
}

async function readJson(path: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ArtifactError(`${name} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

/** The folder of all trained models: one folder per experiment, named by its id, and run folders in the making. */
export class Artifacts {
  readonly directory: string;

  /** `directory` is absolute. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Folder of a finished experiment. */
  folder(experimentId: string): string {
    if (!UUID.test(experimentId)) throw new ArtifactError(`"${experimentId}" is no experiment id.`);
    return join(this.directory, experimentId);
  }

  /** True when every file of the experiment's model is there. */
  async isComplete(experimentId: string): Promise<boolean> {
    const folder = this.folder(experimentId);
    const found = await Promise.all(MODEL_FILES.map((name) => lstat(join(folder, name)).catch(() => null)));
    return found.every((info) => info?.isFile());
  }

  /** A new, empty folder for one attempt, on the same disk as its last place. */
  async createRunFolder(experimentId: string, attempt: number): Promise<string> {
    const parent = join(this.directory, RUN_FOLDERS);
    await mkdir(parent, { recursive: true, mode: 0o700 });
    return mkdtemp(join(parent, `${experimentId}.${attempt}.`));
  }

  async removeRunFolder(runFolder: string): Promise<void> {
    await rm(runFolder, { recursive: true, force: true });
  }

  /** Checks what plugin code wrote, and forces it to the disk. Throws ArtifactError. */
  async verify(runFolder: string): Promise<VerifiedRun> {
    const names = await readdir(runFolder);
    const surplus = names.find((name) => !MODEL_FILES.some((known) => known === name));
    if (surplus) throw new ArtifactError(`The run left a file that no model has: ${surplus}.`);
    let sizeBytes = 0;
    for (const name of MODEL_FILES) {
      const path = join(runFolder, name);
      // A link would let a plugin hand out files that it may not read itself.
      const info = await lstat(path).catch(() => null);
      if (!info?.isFile() || info.nlink !== 1)
        throw new ArtifactError(`The run left no proper file ${name}.`);
      if (info.size > MAX_BYTES[name])
        throw new ArtifactError(`${name} is larger than ${MAX_BYTES[name]} bytes.`);
      sizeBytes += info.size;
      if (name === 'model.safetensors') await checkSafetensors(path, info.size);
      await syncFile(path);
    }
    await readJson(join(runFolder, 'model.json'), 'model.json');
    const checked = checkReport(await readJson(join(runFolder, 'report.json'), 'report.json'));
    if ('problem' in checked) throw new ArtifactError(`report.json is not a report: ${checked.problem}.`);
    await syncFile(runFolder);
    return { report: checked.report, sizeBytes };
  }

  /**
   * Moves a verified run folder to its last place. Call it inside of the transaction that ends the run: its row lock keeps
   * every other attempt away from the folder. May be called again when that transaction could not be committed.
   */
  async publish(runFolder: string, experimentId: string): Promise<void> {
    const target = this.folder(experimentId);
    const isMoved = (await lstat(runFolder).catch(() => null)) === null;
    if (isMoved && (await this.isComplete(experimentId))) return;
    // Left by an attempt that moved its files and died before it could commit.
    await rm(target, { recursive: true, force: true });
    await rename(runFolder, target);
    await syncFile(this.directory);
  }

  /** Run folders that exist, with the attempt that each belongs to. */
  async listRunFolders(): Promise<{ path: string; experimentId: string; attempt: number }[]> {
    const parent = join(this.directory, RUN_FOLDERS);
    const names = await readdir(parent).catch(() => []);
    return names.flatMap((name) => {
      const [experimentId = '', attempt = ''] = name.split('.');
      return UUID.test(experimentId)
        ? [{ path: join(parent, name), experimentId, attempt: Number(attempt) }]
        : [];
    });
  }
}
