import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readModelFolder } from 'azuraforge-learner/node';
import pipeline from '../src/pipeline.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** The command as a user starts it; `stopAt` presses Ctrl-C once that text has come. */
async function start(
  argv: string[],
  stopAt?: string,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  let pressed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
    if (!stopAt || pressed || !text.err.includes(stopAt)) return;
    pressed = true;
    // npx passes on the signal that the terminal has sent to its child already.
    child.kill('SIGINT');
    child.kill('SIGINT');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, ...text };
}

describe('the command', () => {
  test('trains on the bundled data and leaves a model that predicts', async () => {
    const { code, out, err } = await start(['--epochs', '1', '--first-year', '2015', '--out', 'model']);
    expect(err).toMatch(/epoch 1\/1 {2}loss/);
    expect(out).toMatch(/Model .*\nNaive \(last value\) .*\nSeasonal naive /);
    expect(out).toContain('Written to model: model.safetensors, model.json, report.json');
    expect(code).toBe(0);
    const { steps } = await pipeline.predict(await readModelFolder(join(folder, 'model')), {});
    expect(steps.map(({ label }) => label)).toEqual([
      '2020-04-20',
      '2020-04-21',
      '2020-04-22',
      '2020-04-23',
      '2020-04-24',
    ]);
  });

  test('lists its flags', async () => {
    const { code, out } = await start(['--help']);
    expect(code).toBe(0);
    for (const key of Object.keys(pipeline.configSchema.properties)) {
      expect(out).toContain(`--${key.replaceAll('_', '-')} `);
    }
  });

  test('refuses a wrong flag in one sentence', async () => {
    expect(await start(['--epochs', '-1'])).toEqual({
      code: 2,
      out: '',
      err: '--epochs -1: Must be at least 1. --help lists the ranges.\n',
    });
  });

  test('ends on Ctrl-C without leaving anything', async () => {
    const { code, err } = await start(['--epochs', '500', '--early-stopping-patience', '0'], 'epoch 1/500');
    expect(code).toBe(130);
    expect(err).toMatch(/Stopped\. Nothing was written\.\n$/);
    await expect(readModelFolder(join(folder, 'runs'))).rejects.toThrow('cannot be read');
  });
});

test('the build writes the schema of the code', async () => {
  const stored = await readFile(new URL('../dist/config.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(stored)).toEqual(JSON.parse(JSON.stringify(pipeline.configSchema)));
});
