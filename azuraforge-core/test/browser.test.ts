import { createReadStream } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { findChromium, launchBrowser } from './browser/chromium.ts';
import type { Outcome } from './browser/harness.ts';

/** The suites of ops and layers, here in a page. `ops` counts bytes, so it comes before all that others leave to the collector. */
const SUITES = [
  'ops',
  'attention',
  'compile',
  'crossentropy',
  'embedding',
  'fusion',
  'gru',
  'layers',
  'lstm',
  'normalization',
  'optimizer',
  'profile',
  'random',
  'training',
];
const TIME_LIMIT = 240_000;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What stands in a page for that which only Node has. */
const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve }) {
    onResolve({ filter: /^@jest\/globals$/ }, () => ({ path: here('browser/harness.ts') }));
    onResolve({ filter: /^node:fs$/ }, () => ({ path: here('browser/filesystem.ts') }));
    onResolve({ filter: /^\.\/devices\.ts$/ }, () => ({ path: here('browser/devices.ts') }));
  },
};

async function bundleSuites(): Promise<string> {
  const lines = [
    ...SUITES.map((name) => `import './${name}.test.ts';`),
    `import { runTests } from './browser/harness.ts';`,
    'globalThis.runTests = runTests;',
  ];
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: here('.'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    external: ['webgpu', 'node:*'],
    // The package says that its modules do nothing when imported; its tests do.
    ignoreAnnotations: true,
    plugins: [standIns],
    write: false,
  });
  return outputFiles[0]!.text;
}

/** Serves the page, its script and the fixtures on a free port. */
async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    // Shared memory, and so threads, only comes to a page that is isolated from others.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const fixture = /^\/fixtures\/(\w+\.json)$/.exec(request.url!)?.[1];
    if (fixture !== undefined) {
      createReadStream(here(`fixtures/${fixture}`)).pipe(response);
    } else if (request.url === '/suites.js') {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(script);
    } else {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><script type="module" src="/suites.js"></script>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const executable = findChromium();

if (executable === undefined) {
  test.skip('the suites in a browser (no Chromium on this machine: apt-get install chromium)', () => {});
} else {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await serve(await bundleSuites());
    browser = await launchBrowser(executable);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test(
    'the suites pass in a browser as they do in Node',
    async () => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('globalThis.runTests');
      const worker = page.waitForEvent('worker');
      const { passed, failed } = await page.evaluate<Outcome>('runTests()');
      expect(failed).toEqual([]);
      expect(passed.filter((name) => name.includes('on webgpu')).length).toBeGreaterThan(1000);
      // Work was shared.
      await worker;
    },
    TIME_LIMIT,
  );
}
