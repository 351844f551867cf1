import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('.', import.meta.url));

function readJson(path) {
  return JSON.parse(readFileSync(join(folder, path), 'utf8'));
}

function isInstalled([name, version]) {
  const manifest = join('node_modules', name, 'package.json');
  return existsSync(join(folder, manifest)) && readJson(manifest).version === version;
}

/** Installs the JavaScript peers beside this file, at the first run and when their versions have changed. */
export async function installPeers(say) {
  if (Object.entries(readJson('package.json').dependencies).every(isInstalled)) return;
  say('Installing the peers into bench/node_modules (once, about 330 MB) …');
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
