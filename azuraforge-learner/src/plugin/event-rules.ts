import type { EventOf, TrainingEvent } from '../event.ts';
import { expect } from './expectation.ts';

const STAGES = ['loading', 'preparing', 'training', 'evaluating', 'saving'] as const;

/** The longest preview that a client has to draw after each epoch. */
const PREVIEW_POINTS = 200;

/** Events arrive in an order that a client can draw while they come. */
export function checkEvents(events: readonly TrainingEvent[]): void {
  const all = <Type extends TrainingEvent['type']>(type: Type): EventOf<Type>[] =>
    events.filter((event): event is EventOf<Type> => event.type === type);
  const stages = all('stage').map(({ stage }) => STAGES.indexOf(stage));
  expect(stages.length > 0, 'train() must emit at least one stage event.');
  expect(isRising(stages), `Stages must come in this order, each once: ${STAGES.join(', ')}.`);

  const run = all('run')[0];
  expect(run && all('run').length === 1, 'train() must emit the run event exactly once.');
  const progress = events.filter((event) => event.type === 'batch' || event.type === 'epoch');
  const first = progress[0];
  expect(
    first && events.indexOf(run) < events.indexOf(first),
    'The run event must come before all batch and epoch events.',
  );
  expect(
    progress.every(({ fraction }) => fraction >= 0 && fraction <= 1) &&
      isRising(
        progress.map(({ fraction }) => fraction),
        { orEqual: true },
      ),
    'fraction must run from 0 to 1 and never fall.',
  );
  checkEpochs(events, run.epochs);
  for (const event of all('preview')) checkPreview(event);
}

function checkEpochs(events: readonly TrainingEvent[], epochs: number): void {
  let current = 0;
  let previewed = 0;
  for (const event of events) {
    switch (event.type) {
      case 'batch':
        expect(
          event.epoch === current + 1,
          `A batch of epoch ${event.epoch} came while epoch ${current + 1} was running.`,
        );
        break;
      case 'epoch':
        current += 1;
        expect(
          event.epoch === current,
          `Epochs must count up from 1; epoch ${event.epoch} came in place of ${current}.`,
        );
        expect(
          event.epochs === epochs,
          `An epoch event says ${event.epochs} epochs, the run event ${epochs}.`,
        );
        expect(
          Number.isFinite(event.train_loss) &&
            Object.values(event.metrics).every((value) => Number.isFinite(value)),
          `Losses and metrics of epoch ${current} must be finite.`,
        );
        break;
      case 'preview':
        expect(
          event.epoch === current && current > previewed,
          'A preview must follow the event of its epoch, once for each epoch.',
        );
        previewed = current;
        break;
      default:
    }
  }
  expect(current > 0, 'train() must emit an epoch event for each epoch.');
  const stopped = events.some((event) => event.type === 'early_stop');
  expect(current === epochs || stopped, `The run event promised ${epochs} epochs, but ${current} came.`);
}

function checkPreview({ epoch, labels, actual, predicted }: EventOf<'preview'>): void {
  const count = labels.length;
  expect(
    count > 0 && count <= PREVIEW_POINTS && actual.length === count && predicted.length === count,
    `The preview of epoch ${epoch} must hold 1 to ${PREVIEW_POINTS} labels and as many actual and predicted values.`,
  );
  expect(
    [...actual, ...predicted].every((value) => Number.isFinite(value)),
    `The preview of epoch ${epoch} must hold finite values only.`,
  );
}

function isRising(values: readonly number[], { orEqual = false } = {}): boolean {
  return values.every((value, index) => {
    const before = values[index - 1];
    return before === undefined || value > before || (orEqual && value === before);
  });
}
