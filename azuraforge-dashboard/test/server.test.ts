import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

jest.setTimeout(40_000);

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = path.join(root, 'bin', 'dashboard.mjs');
const running: ChildProcess[] = [];
const folders: string[] = [];
/** Processes without a parent that could end them. */
const orphans: number[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const pid of orphans.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  url: string;
}

function exit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function start(env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [bin], {
    env: { ...process.env, AZURAFORGE_DASHBOARD_PORT: '0', NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.push(child);
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  child.stderr?.on('data', (chunk) => (output += String(chunk)));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { type: string; url: string }) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`The dashboard ended with ${code}:\n${output}`)));
  });
  return { child, url };
}

beforeAll(async () => {
  // The pages are tested as they are published: built. Without a build the first start says what to do.
  const { child, url } = await start();
  expect((await fetch(`${url}/login`)).status).toBe(200);
  child.kill('SIGKILL');
});

describe('the process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('stops on %s with exit code 0', async (signal) => {
    const { child, url } = await start();
    // A connection that waits, or one whose request never ends, must not keep the process.
    await fetch(`${url}/login`, { headers: { connection: 'keep-alive' } });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write('GET /login HTTP/1.1\r\n', () => resolve()));
    child.kill(signal);
    expect(await exit(child)).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('is built without the name of the folder in which it was built', async () => {
    const manifest = await readFile(path.join(root, '.next', 'required-server-files.json'), 'utf8');
    expect(manifest).toContain('outputFileTracingRoot');
    expect(manifest).not.toContain(path.resolve(root));
  });

  test('stops when its parent lets go of the channel', async () => {
    const { child } = await start();
    child.disconnect();
    expect(await exit(child)).toBe(0);
  });

  test('dies with a parent that was killed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'azuraforge-dashboard-'));
    folders.push(folder);
    const parentFile = path.join(folder, 'parent.mjs');
    await writeFile(
      parentFile,
      `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, [${JSON.stringify(bin)}], {
  env: { ...process.env, AZURAFORGE_DASHBOARD_PORT: '0' },
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
child.once('message', () => process.send(child.pid));`,
    );
    const parent = spawn(process.execPath, [parentFile], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.push(parent);
    const pid = await new Promise<number>((resolve) => {
      parent.once('message', (message) => resolve(Number(message)));
    });
    orphans.push(pid);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const end = Date.now() + 5000;
    while (isAlive(pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isAlive(pid)).toBe(false);
  });

  test('says in one sentence why it cannot start', async () => {
    const { url } = await start();
    await expect(start({ AZURAFORGE_DASHBOARD_PORT: new URL(url).port })).rejects.toThrow(
      /is taken\. Choose/,
    );
    await expect(start({ AZURAFORGE_DASHBOARD_PORT: 'http' })).rejects.toThrow(/must be a port number/);

    const folder = await mkdtemp(path.join(tmpdir(), 'azuraforge-dashboard-'));
    folders.push(folder);
    await cp(bin, path.join(folder, 'bin', 'dashboard.mjs'));
    const child = spawn(process.execPath, [path.join(folder, 'bin', 'dashboard.mjs')], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.push(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    expect(await exit(child)).toBe(1);
    expect(output).toContain('The dashboard is not built.');
  });
});

describe('the pages', () => {
  test('come in the language and theme of the reader, and name the API of this very start', async () => {
    const { url } = await start({ AZURAFORGE_API_URL: 'http://api.example:8123' });
    const page = async (headers: Record<string, string>): Promise<string> =>
      (await fetch(`${url}/login`, { headers })).text();

    const turkish = await page({ cookie: 'azuraforge-locale=tr; azuraforge-theme=dark' });
    expect(turkish).toMatch(/<html[^>]*lang="tr"[^>]*data-theme="dark"/);
    expect(turkish).toContain('Kullanıcı adı');
    expect(turkish).toContain('http://api.example:8123');

    const english = await page({ 'accept-language': 'en-GB,en;q=0.9' });
    expect(english).toMatch(/<html[^>]*lang="en"[^>]*data-theme="light"/);
    expect(english).toContain('User name');
    // Only a reader who leaves it to the system needs the script that asks the system.
    expect(english).toContain('prefers-color-scheme');
    expect(turkish).not.toContain('matchMedia');
  });

  test('carry security headers and nothing from elsewhere', async () => {
    const { url } = await start({ AZURAFORGE_API_URL: 'http://api.example:8123' });
    const answer = await fetch(`${url}/login`);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-powered-by')).toBeNull();
    const html = await answer.text();
    const elsewhere = [...html.matchAll(/(?:src|href)="(https?:[^"]+)"/g)].map((match) => match[1]);
    expect(elsewhere).toEqual([]);
  });

  test('an address that does not exist is a 404 with a way back', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/nothing-here`, { headers: { 'accept-language': 'tr' } });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('Böyle bir sayfa yok');
  });
});
