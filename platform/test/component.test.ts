import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Component } from '../src/component.ts';
import { launchProgram, type Program, runToEnd } from '../src/component/program.ts';
import { LogFile } from '../src/log-file.ts';
import { lives, testFolder, until } from './folder.ts';

const folder = testFolder();
const open: Component[] = [];

afterEach(async () => {
  for (const component of open.splice(0)) {
    component.kill();
    await component.stop();
  }
});

function program(environment: NodeJS.ProcessEnv = {}): Program {
  return {
    name: 'server',
    file: fileURLToPath(new URL('fixtures/server.mjs', import.meta.url)),
    environment: { PATH: process.env['PATH'], PIDS: join(folder.path, 'pids.json'), ...environment },
    cwd: folder.path,
    log: new LogFile(join(folder.path, 'server.log')),
  };
}

/** The numbers of all processes that the fixture started, itself included. */
function pids(): number[] {
  return JSON.parse(readFileSync(join(folder.path, 'pids.json'), 'utf8')) as number[];
}

interface Watched {
  component: Component;
  notices: string[];
}

function watch(
  launch: (signal: AbortSignal) => ReturnType<typeof launchProgram>,
  delays = [1, 1, 1],
): Watched {
  const notices: string[] = [];
  const component = new Component({
    name: 'worker',
    logFile: join(folder.path, 'server.log'),
    launch,
    onChange: () => undefined,
    onNotice: (sentence) => notices.push(sentence),
    restartDelays: delays,
  });
  open.push(component);
  return { component, notices };
}

describe('a supervised program', () => {
  test('is ready when it says so, and is gone after a stop', async () => {
    const { component } = watch((signal) => launchProgram(program(), signal));
    await component.start();
    expect(component.state).toMatchObject({ condition: 'ready', address: 'http://127.0.0.1:1', restarts: 0 });
    expect(component.state.pid).toBe(pids()[0]);
    await component.stop();
    expect(component.state).toMatchObject({ condition: 'stopped', pid: null });
    expect(pids().filter(lives)).toEqual([]);
    expect(readFileSync(join(folder.path, 'server.log'), 'utf8')).toContain('SIGTERM received');
  });

  test('takes its own children with it, also those in a group of their own', async () => {
    const { component } = watch((signal) =>
      launchProgram(program({ GRANDCHILD: '1', ESCAPED: '1' }), signal),
    );
    await component.start();
    expect(pids().filter(lives)).toHaveLength(3);
    await component.stop();
    await until(() => pids().filter(lives).length === 0);
  });

  test('is started again when it was killed, and its children with it are gone', async () => {
    const { component, notices } = watch((signal) => launchProgram(program({ GRANDCHILD: '1' }), signal));
    await component.start();
    const before = pids();
    process.kill(before[0] ?? 0, 'SIGKILL');
    await until(() => component.state.restarts === 1);
    expect(component.state.condition).toBe('ready');
    expect(component.state.pid).not.toBe(before[0]);
    await until(() => before.filter(lives).length === 0);
    expect(notices[0]).toMatch(/worker ended unexpectedly \(signal SIGKILL\).*server\.log/);
    expect(notices[1]).toBe('worker is back.');
  });

  test('is given up when it ends again and again', async () => {
    let launches = 0;
    const { component, notices } = watch((signal) => {
      launches += 1;
      return launchProgram(program(launches === 1 ? {} : { FAIL: '1' }), signal);
    });
    await component.start();
    process.kill(component.state.pid ?? 0, 'SIGKILL');
    await until(() => component.state.condition === 'failed' && notices.length === 4);
    expect(launches).toBe(4);
    expect(notices.at(-1)).toMatch(/The cellar is flooded.*not started again.*server\.log/s);
  });

  test('is killed without mercy in haste', async () => {
    const { component } = watch((signal) =>
      launchProgram(program({ STUBBORN: '1', GRANDCHILD: '1' }), signal),
    );
    await component.start();
    const stopped = component.stop();
    await until(() => readFileSync(join(folder.path, 'server.log'), 'utf8').includes('SIGTERM'));
    expect(pids().every(lives)).toBe(true);
    component.kill();
    await stopped;
    await until(() => pids().filter(lives).length === 0);
  });

  test('does not outlive a stop that comes while it starts', async () => {
    const { component } = watch((signal) => launchProgram(program({ HANG: '1' }), signal));
    const started = component.start();
    const refused = expect(started).rejects.toThrow();
    await until(() => existsSync(join(folder.path, 'pids.json')));
    await component.stop();
    await refused;
    expect(pids().filter(lives)).toEqual([]);
  });

  test('that does not start says why, in its own words', async () => {
    const { component } = watch((signal) => launchProgram(program({ FAIL: '1' }), signal));
    await expect(component.start()).rejects.toThrow(
      /server ended \(exit code 7\)\. Its log is .*server\.log\.\n {2}The cellar is flooded\. Pump it out\./,
    );
    expect(component.state.condition).toBe('failed');
  });
});

test('a command that fails shows what it printed', async () => {
  await expect(runToEnd(program({ FAIL: '1' }))).rejects.toThrow(/exit code 7.*flooded/s);
  expect(readFileSync(join(folder.path, 'server.log'), 'utf8')).toContain('flooded');
});

test('a command can be given up', async () => {
  const signal = AbortSignal.timeout(300);
  await expect(runToEnd(program({ HANG: '1' }), signal)).rejects.toThrow(/timeout/);
});
