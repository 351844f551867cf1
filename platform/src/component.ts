import type { StoreExit } from 'azuraforge-stores';
import type { Running } from './component/program.ts';
import { reasonOf } from './failure.ts';
import type { ComponentCondition, ComponentName, ComponentState } from './state.ts';

/** Waits before each restart, in milliseconds; when all are used up the component has failed. */
const RESTART_DELAYS = [500, 1_000, 2_000, 5_000, 10_000];
/** After this long in good health the earlier restarts are forgotten, in milliseconds. */
const HEALTHY_AFTER = 60_000;

export interface ComponentOptions {
  name: ComponentName;
  /** Shown where something goes wrong. */
  logFile: string;
  /** Starts it and resolves when it is ready. A restart must come up at the same address. */
  launch(signal: AbortSignal): Promise<Running>;
  /** Called whenever its state has changed. */
  onChange(): void;
  /** Called with a sentence when it ends by itself, and when it is back. */
  onNotice(sentence: string): void;
  restartDelays?: number[];
}

/** One supervised part of the platform: it is started again when it ends by itself. */
export class Component {
  readonly name: ComponentName;
  readonly #options: ComponentOptions;
  #running: Running | null = null;
  #condition: ComponentCondition = 'stopped';
  #since: Date | null = null;
  #restarts = 0;
  #attempts = 0;
  #stopping = false;
  #launching = new AbortController();
  #wakeUp: (() => void) | null = null;
  #starting: Promise<void> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get state(): ComponentState {
    const running = this.#condition === 'ready' ? this.#running : null;
    return {
      name: this.name,
      condition: this.#condition,
      kind: this.#running?.kind ?? '',
      address: running?.address ?? null,
      pid: running === null || running.kind === 'external' ? null : running.pid,
      since: this.#since?.toISOString() ?? null,
      restarts: this.#restarts,
    };
  }

  /** Starts it for the first time. @throws what the launch throws. */
  async start(): Promise<void> {
    this.#stopping = false;
    this.#attempts = 0;
    this.#starting = this.#launch('starting');
    await this.#starting;
  }

  async #launch(condition: ComponentCondition): Promise<void> {
    this.#set(condition);
    this.#launching = new AbortController();
    try {
      this.#running = await this.#options.launch(this.#launching.signal);
    } catch (error) {
      this.#set('failed');
      throw error;
    }
    this.#since = new Date();
    this.#set('ready');
    const running = this.#running;
    this.#watching = running.exited.then((exit) => this.#ended(exit));
  }

  async #ended(exit: StoreExit): Promise<void> {
    if (this.#stopping || exit.expected) return;
    const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
    if (this.#since !== null && Date.now() - this.#since.getTime() > HEALTHY_AFTER) this.#attempts = 0;
    const delays = this.#options.restartDelays ?? RESTART_DELAYS;
    let what = `ended unexpectedly (${how})`;
    for (;;) {
      const delay = delays[this.#attempts];
      if (delay === undefined) {
        this.#set('failed');
        this.#notice(`${what} and is not started again. Read its log, then stop and start AzuraForge`);
        return;
      }
      this.#attempts += 1;
      this.#set('restarting');
      this.#notice(`${what}; it is started again in ${delay / 1000} s`);
      await this.#pause(delay);
      if (this.#isStopping()) return;
      try {
        await this.#launch('restarting');
      } catch (error) {
        if (this.#isStopping()) return;
        what = `did not start again: ${reasonOf(error)}`;
        continue;
      }
      this.#restarts += 1;
      // A stop that came while it was coming up found nothing to end.
      if (this.#isStopping()) await this.#running?.stop();
      else this.#options.onNotice(`${this.name} is back.`);
      this.#options.onChange();
      return;
    }
  }

  /** A method, because the flag changes while others wait. */
  #isStopping(): boolean {
    return this.#stopping;
  }

  #notice(sentence: string): void {
    this.#options.onNotice(`${this.name} ${sentence}. Log: ${this.#options.logFile}`);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #set(condition: ComponentCondition): void {
    this.#condition = condition;
    if (condition !== 'ready') this.#since = null;
    this.#options.onChange();
  }

  /** Ends it for good; resolves when its processes are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wakeUp?.();
    this.#launching.abort();
    // What is still coming up must be there before it can be ended; a failed start left nothing to end.
    await this.#starting.catch(() => undefined);
    await this.#running?.stop();
    await this.#watching;
    this.#set('stopped');
  }

  /** Ends it and starts it anew, with what its launch finds then. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends its processes at once, while a stop waits for them. */
  kill(): void {
    this.#running?.kill();
  }
}
