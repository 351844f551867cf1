import { createServer } from 'node:net';

const HIGHEST_PORT = 65_535;
/** `localhost` means either of them, so a port is free only when both are. */
const LOOPBACK_HOSTS = ['127.0.0.1', '::1'];
const HOST_ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** Opens and closes a listener; returns its port, or null when the port is taken. */
function tryListen(host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else if (error.code !== undefined && HOST_ABSENT.has(error.code)) resolve(port);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  for (const host of LOOPBACK_HOSTS) {
    if ((await tryListen(host, port)) === null) return false;
  }
  return true;
}

/**
 * A TCP port that nothing listens on at the loopback addresses at this moment.
 *
 * @param preferred Taken when free, else the next free one above it; 0 or undefined for any.
 */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred === 0) {
    for (;;) {
      const port = await tryListen('127.0.0.1', 0);
      if (port !== null && (await isFree(port))) return port;
    }
  }
  for (let port = preferred; port <= HIGHEST_PORT; port += 1) {
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port from ${preferred} upward. Choose a lower port number.`);
}
