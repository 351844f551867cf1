import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');

export function hasProgram(name: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A folder with links to every program on the PATH but `setpriv`, which sends the death signal. */
function pathWithoutSetpriv(): string {
  const folder = mkdtempSync(join(tmpdir(), 'azuraforge-path-'));
  for (const source of folders) {
    for (const name of hasFolder(source) ? readdirSync(source) : []) {
      if (name === 'setpriv') continue;
      try {
        symlinkSync(join(source, name), join(folder, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }
  return folder;
}

function hasFolder(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a store in a process of its own and kills that process with SIGKILL.
 *
 * @param start Expression that starts the store.
 * @returns What the store was.
 */
export async function killedOwner(
  start: string,
  options: { withoutDeathSignal?: boolean } = {},
): Promise<{ pid: number; url: string }> {
  const path = options.withoutDeathSignal ? pathWithoutSetpriv() : process.env['PATH'];
  const program = `
    import { startPostgres, startRedis } from 'azuraforge-stores';
    const { pid, url } = await ${start};
    process.stdout.write(JSON.stringify({ pid, url }), () => process.kill(process.pid, 'SIGKILL'));`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, PATH: path, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await text(owner.stdout);
  if (options.withoutDeathSignal && path) rmSync(path, { recursive: true });
  return JSON.parse(said) as { pid: number; url: string };
}
