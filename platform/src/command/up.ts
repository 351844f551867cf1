import { Failure, reasonOf } from '../failure.ts';
import { ADMIN, type Platform, type PlatformOptions, startPlatform } from '../platform.ts';
import { quickstart } from '../quickstart.ts';
import { duration } from '../table.ts';

/** npm passes a Ctrl-C on that the terminal has sent already; only a later one is a second one. */
const ECHO_MS = 1_000;

export interface UpOptions extends Pick<PlatformOptions, 'home' | 'apiPort' | 'dashboardPort' | 'redis'> {
  withQuickstart: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the signals to this process mean: the first asks for the end, a later one for haste. */
class Signals {
  readonly #end = new AbortController();
  readonly #haste = new AbortController();
  #first = 0;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#receive);
  }

  get end(): AbortSignal {
    return this.#end.signal;
  }

  get haste(): AbortSignal {
    return this.#haste.signal;
  }

  readonly #receive = (): void => {
    if (!this.#end.signal.aborted) {
      this.#first = performance.now();
      this.#end.abort(new Failure('Stopped before everything had started.'));
    } else if (performance.now() - this.#first > ECHO_MS) {
      this.#haste.abort();
    }
  };

  release(): void {
    for (const name of SIGNALS) process.off(name, this.#receive);
  }
}

function untilRaised(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function introduce(platform: Platform, milliseconds: number): void {
  const { admin, home, urls } = platform;
  const password = admin.password === null ? 'as set before' : `${admin.password}   (shown only this once)`;
  console.log(
    `\nAzuraForge is ready after ${duration(milliseconds)}.\n\n` +
      `  Dashboard  ${urls.dashboard}\n` +
      `  API        ${urls.api}   (docs: ${urls.api}/api/v1/docs)\n` +
      `  User       ${admin.username}\n` +
      `  Password   ${password}\n` +
      `  Data       ${home.path}`,
  );
}

async function trainOnce(platform: Platform, signal: AbortSignal): Promise<void> {
  try {
    await quickstart(platform, {
      isTerminal: process.stdout.isTTY,
      print: (line) => console.log(line),
      signal,
    });
  } catch (error) {
    if (signal.aborted) return;
    console.error(
      `\nThe quickstart did not succeed: ${reasonOf(error)}\nLogs: ${platform.logFile('worker')} and ${platform.logFile('api')}`,
    );
  }
}

/** Runs the platform in this terminal until a signal ends it. */
export async function up(options: UpOptions): Promise<number> {
  const started = performance.now();
  const signals = new Signals();
  // A closed terminal or pipe must not end the shutdown half way.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  /** Of the administrator made by this start, until the terminal has shown it. */
  const unseen: { password: string | null } = { password: null };
  try {
    const platform = await startPlatform({
      ...options,
      signal: signals.end,
      onStep: (step) => console.log(`${step} …`),
      onPassword: (password) => (unseen.password = password),
      onNotice: (sentence) => console.error(`! ${sentence}`),
    }).catch((error: unknown) => {
      if (signals.end.aborted) return null;
      throw error;
    });
    if (platform === null) {
      console.log('\nStopped before everything had started.');
      return 0;
    }
    introduce(platform, performance.now() - started);
    unseen.password = null;
    if (options.withQuickstart) await trainOnce(platform, signals.end);
    if (!signals.end.aborted) console.log('\nPress Ctrl-C to stop.');
    await untilRaised(signals.end);
    console.log('\nStopping … (Ctrl-C again to hasten)');
    signals.haste.addEventListener('abort', () => platform.hasten(), { once: true });
    await platform.stop();
    console.log('Everything is stopped.');
    return 0;
  } finally {
    if (unseen.password !== null) {
      console.log(
        `\nFor the next start: user ${ADMIN}, password ${unseen.password}   (shown only this once)`,
      );
    }
    signals.release();
  }
}
