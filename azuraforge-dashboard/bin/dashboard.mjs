#!/usr/bin/env node
import { createServer } from 'node:http';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

process.env.NODE_ENV = 'production';
process.env.NEXT_TELEMETRY_DISABLED = '1';

const directory = fileURLToPath(new URL('..', import.meta.url));
const host = process.env.AZURAFORGE_DASHBOARD_HOST || '127.0.0.1';
const port = Number(process.env.AZURAFORGE_DASHBOARD_PORT || 3000);

function log(level, message, fields = {}) {
  process.stdout.write(
    `${JSON.stringify({ level, message, ...fields, timestamp: new Date().toISOString() })}\n`,
  );
}

function fail(sentence) {
  log('error', sentence);
  process.exit(1);
}

if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  fail('AZURAFORGE_DASHBOARD_PORT must be a port number from 0 to 65535.');
}
try {
  await access(new URL('../.next/BUILD_ID', import.meta.url));
} catch {
  fail('The dashboard is not built. Run `npm run build` in azuraforge-dashboard, then start it again.');
}

const { default: next } = await import('next');
const app = next({ dev: false, dir: directory, hostname: host, port });
await app.prepare();
const handle = app.getRequestHandler();
const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    log('error', 'A page could not be answered.', { url: request.url, error: String(error) });
    response.destroy();
  });
});

server.on('error', (error) => {
  fail(
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken. Choose another with AZURAFORGE_DASHBOARD_PORT.`
      : `The dashboard cannot listen on ${host}:${port}: ${error.message}`,
  );
});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// A runner that was killed cannot send a signal; its closed channel is the signal then.
process.on('disconnect', stop);

server.listen(port, host, () => {
  const { port: listening } = server.address();
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
  log('info', 'The dashboard is ready.', { url });
  process.send?.({ type: 'ready', url });
});
