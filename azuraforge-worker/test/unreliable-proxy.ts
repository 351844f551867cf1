import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way to a store that can fall silent or break. */
export class UnreliableProxy {
  readonly url: string;
  readonly #target: { host: string; port: number };
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server = createServer();

  private constructor(url: URL, port: number) {
    this.#target = { host: url.hostname, port: Number(url.port) };
    this.#port = port;
    const own = new URL(url);
    own.port = String(port);
    this.url = own.href;
  }

  static async to(storeUrl: string): Promise<UnreliableProxy> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const proxy = new UnreliableProxy(new URL(storeUrl), port);
    await proxy.#listen();
    return proxy;
  }

  /** Lets every connection of now hang, open as it is. New ones work. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Breaks every connection and refuses new ones for a while. */
  async break(ms: number): Promise<void> {
    await this.close();
    await sleep(ms);
    await this.#listen();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#target);
      near.pipe(far).pipe(near);
      this.#keep(near, far);
      this.#keep(far, near);
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #keep(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}
