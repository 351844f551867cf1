import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Installs the JavaScript peers beside this file at the first run. */
export async function installPeers(say) {
  if (existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) return;
  say('Installing the peers into azuraforge-core/bench/node_modules (once, about 330 MB) …');
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    shell: process.platform === 'win32',
  });
}

/** A Python that has PyTorch, or null. Debian's own comes first: its PyTorch is linked to its OpenBLAS. */
export function findPython() {
  const found = ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  );
  return found ?? null;
}
