import cliProgress from 'cli-progress';
import type { EventOf, TrainingEvent } from '../event.ts';

export type TextStream = NodeJS.WritableStream & { isTTY?: boolean };

/** Shows a run while it goes on. */
export interface ProgressView {
  show(event: TrainingEvent): void;
  /** Leaves the terminal as it was; call it however the run ended. */
  close(): void;
}

/** A bar with loss and remaining time on a terminal, a line per epoch anywhere else. */
export function progressView(stream: TextStream): ProgressView {
  return stream.isTTY ? new ProgressBar(stream) : new ProgressLines(stream);
}

const BAR_STEPS = 1000;

class ProgressBar implements ProgressView {
  readonly #stream: TextStream;
  readonly #bar: cliProgress.SingleBar;
  #validationLoss = '-';

  constructor(stream: TextStream) {
    this.#stream = stream;
    this.#bar = new cliProgress.SingleBar(
      {
        stream,
        format:
          '{bar} {percentage}% | epoch {epoch} | loss {loss} | validation {validation} | ETA {eta_formatted}',
        hideCursor: true,
        // Ctrl-C is the command's own affair: it stops the run and then closes the view.
        gracefulExit: false,
        etaBuffer: 100,
        barsize: 24,
      },
      cliProgress.Presets.shades_classic,
    );
  }

  show(event: TrainingEvent): void {
    switch (event.type) {
      case 'run':
        this.#stream.write(`${runLine(event)}\n`);
        this.#bar.start(BAR_STEPS, 0, { epoch: `0/${event.epochs}`, loss: '-', validation: '-' });
        return;
      case 'batch':
        this.#update(event, event.loss);
        return;
      case 'epoch':
        this.#validationLoss = lossText(event.validation_loss);
        this.#update(event, event.train_loss);
        return;
      case 'early_stop':
        this.close();
        this.#stream.write(`${earlyStopLine(event)}\n`);
        return;
      case 'log':
        this.#stream.write(`\n${event.message}\n`);
        return;
      case 'stage':
        if (event.stage === 'evaluating') this.close();
        return;
      case 'preview':
    }
  }

  close(): void {
    if (this.#bar.isActive) this.#bar.stop();
  }

  #update(at: { epoch: number; epochs: number; fraction: number }, loss: number): void {
    this.#bar.update(Math.round(at.fraction * BAR_STEPS), {
      epoch: `${at.epoch}/${at.epochs}`,
      loss: lossText(loss),
      validation: this.#validationLoss,
    });
  }
}

class ProgressLines implements ProgressView {
  readonly #stream: TextStream;
  #started = 0;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  show(event: TrainingEvent): void {
    if (event.type === 'run') this.#started = performance.now();
    const line = this.#line(event);
    if (line) this.#stream.write(`${line}\n`);
  }

  close(): void {
    // Lines leave nothing behind.
  }

  #line(event: TrainingEvent): string | null {
    switch (event.type) {
      case 'run':
        return runLine(event);
      case 'epoch': {
        const elapsed = (performance.now() - this.#started) / 1000;
        const remaining = Math.round(elapsed / event.fraction - elapsed);
        return `epoch ${event.epoch}/${event.epochs}  loss ${lossText(event.train_loss)}  validation ${lossText(event.validation_loss)}${event.best ? ' *' : ''}  ETA ${remaining}s`;
      }
      case 'early_stop':
        return earlyStopLine(event);
      case 'log':
        return event.message;
      default:
        return null;
    }
  }
}

function runLine(event: EventOf<'run'>): string {
  const device = event.adapter ? `${event.device} (${event.adapter})` : event.device;
  return `${event.parameters} parameters, ${event.train_samples} training, ${event.validation_samples} validation and ${event.test_samples} test samples, on ${device}`;
}

function earlyStopLine(event: EventOf<'early_stop'>): string {
  return `Stopped after epoch ${event.epoch}: no better validation loss for ${event.patience} epochs. Best was epoch ${event.best_epoch}.`;
}

const lossText = (loss: number | null): string => (loss === null ? '-' : loss.toPrecision(4));
