import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launchBrowser } from './browser/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MEDIA_TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** What an example shows in the end. */
interface Shown {
  readonly device: string;
  /** The last step that it told, with its loss. */
  readonly step: string;
  readonly outcome: string;
}

async function runInNode(name: string): Promise<Shown> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'examples', `${name}.js`)]);
  const lines = stdout.trimEnd().split('\n');
  return { device: lines[0]!, step: lines.at(-2)!, outcome: lines.at(-1)! };
}

/** Serves the package's folder to the page. */
async function servePackage(): Promise<Server> {
  const server = createServer(async (request, response) => {
    try {
      const content = await readFile(join(root, normalize(request.url!)));
      response.setHeader('Content-Type', MEDIA_TYPES[extname(request.url!)]!);
      // Shared memory, and so threads, only comes to a page that is isolated from others.
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function expectXor({ device, step, outcome }: Shown): void {
  expect(device).toMatch(/^Training on wasm \(WebAssembly/);
  expect(step).toMatch(/^step 400, loss 0\.00/);
  const answers = [...outcome.matchAll(/is ([\d.]+)/g)].map(([, answer]) => Number(answer));
  expect(answers.map(Math.round)).toEqual([0, 1, 1, 0]);
}

function expectCnn({ device, step, outcome }: Shown): void {
  expect(device).toMatch(/^Training on wasm \(WebAssembly/);
  expect(step).toMatch(/^step 160, loss 0\.[01]/);
  const right = Number(/^(\d+) of 240 new pictures/.exec(outcome)?.[1]);
  expect(right).toBeGreaterThanOrEqual(228);
}

describe('an example in Node', () => {
  test('xor', async () => expectXor(await runInNode('xor')));
  test('cnn', async () => expectCnn(await runInNode('cnn')));
});

const executable = findChromium();

if (executable === undefined) {
  test.skip('the examples in a browser (no Chromium on this machine: apt-get install chromium)', () => {});
} else {
  describe('an example in a browser', () => inBrowser(executable));
}

function inBrowser(chromium: string): void {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await servePackage();
    browser = await launchBrowser(chromium);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function runInPage(name: string): Promise<Shown> {
    const page = await browser.newPage();
    const failure = new Promise<never>((_, reject) => page.on('pageerror', reject));
    failure.catch(() => undefined);
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/examples/${name}.html`);
    await Promise.race([
      failure,
      page.waitForFunction(`document.querySelector('#outcome').textContent !== ''`),
    ]);
    const text = (selector: string): Promise<string> => page.locator(selector).innerText();
    expect(await isDrawn(page)).toBe(true);
    const shown = {
      device: await text('#device'),
      step: await text('#step'),
      outcome: await text('#outcome'),
    };
    await page.close();
    return shown;
  }

  test('xor', async () => expectXor(await runInPage('xor')));
  test('cnn', async () => expectCnn(await runInPage('cnn')));
}

/** Whether the chart has a line: pixels that are not transparent, in its left and its right half. */
function isDrawn(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(`
    (() => {
      const canvas = document.querySelector('canvas');
      const isInked = (left) => {
        const { data } = canvas.getContext('2d').getImageData(left, 0, canvas.width / 2, canvas.height);
        return data.some((value) => value !== 0);
      };
      return isInked(0) && isInked(canvas.width / 2);
    })()
  `);
}
