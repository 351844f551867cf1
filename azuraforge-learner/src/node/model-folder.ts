import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ModelFileError } from '../error.ts';
import type { ModelFiles } from '../pipeline.ts';

/**
 * Refuses a folder into which `writeModelFolder` could not write, before there is something to lose.
 * Throws ModelFileError when it exists and is not empty, is a file, or is the current folder.
 */
export async function requireFreeFolder(directory: string): Promise<void> {
  const isFree =
    resolve(directory) !== process.cwd() &&
    (await readdir(directory).then(
      (entries) => entries.length === 0,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    ));
  if (!isFree) throw takenFolder(directory);
}

function takenFolder(directory: string, cause?: unknown): ModelFileError {
  return new ModelFileError(`${directory} exists already. Choose another folder or empty it.`, { cause });
}

/**
 * Writes the files of a model into a new folder, which appears whole or not at all.
 * Throws ModelFileError when the folder exists and is not empty.
 */
export async function writeModelFolder(directory: string, files: ModelFiles): Promise<void> {
  const draft = join(dirname(directory), `.${basename(directory)}-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    for (const [name, bytes] of Object.entries(files)) {
      if (name !== basename(name)) {
        throw new ModelFileError(`"${name}" is not a plain file name. Name model files without folders.`);
      }
      const file = await open(join(draft, name), 'wx');
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
    }
    await rename(draft, directory);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) {
      throw takenFolder(directory, cause);
    }
    throw cause;
  }
}

/** The files of a model folder by name. Throws ModelFileError when there is no such folder. */
export async function readModelFolder(directory: string): Promise<ModelFiles> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Object.fromEntries(
      await Promise.all(
        files.map(async ({ name }) => [name, new Uint8Array(await readFile(join(directory, name)))] as const),
      ),
    );
  } catch (cause) {
    throw new ModelFileError(`${directory} cannot be read as a model folder (${(cause as Error).message}).`, {
      cause,
    });
  }
}
