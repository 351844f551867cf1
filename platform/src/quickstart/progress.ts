import { Presets, SingleBar } from 'cli-progress';
import type { ExperimentEventBody } from 'azuraforge-dbmodels/contract';

/** Shows how far a run is. */
export interface ProgressView {
  show(body: ExperimentEventBody): void;
  end(): void;
}

const loss = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));

function describe(body: ExperimentEventBody): string | null {
  switch (body.type) {
    case 'stage':
      return body.stage;
    case 'run':
      return `${body.train_samples} samples, ${body.parameters} parameters, on ${body.adapter ?? body.device}`;
    case 'epoch':
      return (
        `epoch ${body.epoch}/${body.epochs}  training loss ${loss(body.train_loss)}  ` +
        `validation loss ${loss(body.validation_loss)}${body.best ? '  (best)' : ''}`
      );
    case 'early_stop':
      return `stopped early: no better epoch than ${body.best_epoch}`;
    case 'status':
      return body.status;
    default:
      return null;
  }
}

/** A bar that moves, for a terminal. */
function barView(title: string): ProgressView {
  const bar = new SingleBar(
    { format: `${title} {bar} {percentage}%  {text}`, hideCursor: true, linewrap: false, barsize: 24 },
    Presets.shades_classic,
  );
  bar.start(1, 0, { text: 'waiting for the worker' });
  let fraction = 0;
  return {
    show(body) {
      if (body.type === 'batch' || body.type === 'epoch') fraction = body.fraction;
      const text =
        body.type === 'batch'
          ? `epoch ${body.epoch}/${body.epochs}  batch ${body.batch}/${body.batches}  loss ${loss(body.loss)}`
          : describe(body);
      bar.update(fraction, text === null ? {} : { text });
    },
    end: () => bar.stop(),
  };
}

/** A line for each epoch, for a file or a pipe. */
function lineView(title: string, print: (line: string) => void): ProgressView {
  return {
    show(body) {
      const text = describe(body);
      if (text === null) return;
      const share = body.type === 'epoch' ? `${Math.round(body.fraction * 100)} %  ` : '';
      print(`${title}: ${share}${text}`);
    },
    end: () => undefined,
  };
}

/** A moving bar where the output is a terminal, plain lines elsewhere. */
export function progressView(
  title: string,
  isTerminal: boolean,
  print: (line: string) => void,
): ProgressView {
  return isTerminal ? barView(title) : lineView(title, print);
}
