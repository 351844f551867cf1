import { isTerminal } from 'azuraforge-dbmodels/contract';
import type {
  ExperimentDetail,
  ExperimentEvent,
  ExperimentStatus,
  RunError,
  TrainingEvent,
} from 'azuraforge-dbmodels/contract';

type Body<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { type: Type }>;

export type EpochPoint = Omit<Body<'epoch'>, 'type' | 'epochs' | 'fraction'>;

export interface LogLine {
  seq: number;
  at: string;
  body:
    | Body<'log'>
    | Body<'stage'>
    | Body<'early_stop'>
    | { type: 'status'; status: ExperimentStatus; attempt: number };
}

/** What the events of a run's current attempt add up to. */
export interface RunState {
  lastSeq: number;
  /** When the newest event came about, in milliseconds; null before the first. */
  lastAt: number | null;
  attempt: number;
  status: ExperimentStatus;
  stage: Body<'stage'>['stage'] | null;
  setup: Omit<Body<'run'>, 'type'> | null;
  batch: Omit<Body<'batch'>, 'type' | 'fraction'> | null;
  /** In order; thinned evenly once there are more than a chart can show. */
  epochs: EpochPoint[];
  best: EpochPoint | null;
  /** 0 to 1 over the whole run. */
  fraction: number;
  epoch: number;
  totalEpochs: number;
  preview: Omit<Body<'preview'>, 'type'> | null;
  earlyStop: Omit<Body<'early_stop'>, 'type'> | null;
  log: LogLine[];
  error: RunError | null;
  modelId: string | null;
  /** Time and fraction of the first and the last progress of this attempt, for the time that is left. */
  firstProgress: { at: number; fraction: number } | null;
  lastProgress: { at: number; fraction: number } | null;
}

export const MAX_EPOCH_POINTS = 2000;
export const MAX_LOG_LINES = 300;

const FRESH_ATTEMPT = {
  stage: null,
  setup: null,
  batch: null,
  epochs: [],
  best: null,
  fraction: 0,
  epoch: 0,
  totalEpochs: 0,
  preview: null,
  earlyStop: null,
  firstProgress: null,
  lastProgress: null,
} as const satisfies Partial<RunState>;

/** What is known from the experiment alone, before any event. */
export function initialRunState(experiment: ExperimentDetail): RunState {
  return {
    ...FRESH_ATTEMPT,
    epochs: [],
    lastSeq: 0,
    lastAt: null,
    attempt: 0,
    status: experiment.status,
    fraction: experiment.progress?.fraction ?? 0,
    epoch: experiment.progress?.epoch ?? 0,
    totalEpochs: experiment.progress?.epochs ?? 0,
    log: [],
    error: experiment.error,
    modelId: experiment.model_id,
  };
}

/** Keeps every second point, but always the best one and the newest. */
function thin(points: EpochPoint[], best: EpochPoint | null): EpochPoint[] {
  const last = points.length - 1;
  return points.filter((point, index) => index % 2 === 0 || index === last || point.epoch === best?.epoch);
}

function withLine(state: RunState, event: ExperimentEvent, body: LogLine['body']): RunState {
  const log = [...state.log, { seq: event.seq, at: event.at, body }];
  return { ...state, log: log.length > MAX_LOG_LINES ? log.slice(-MAX_LOG_LINES) : log };
}

function withProgress(state: RunState, event: ExperimentEvent, fraction: number): RunState {
  const progress = { at: Date.parse(event.at), fraction };
  return {
    ...state,
    fraction,
    firstProgress: state.firstProgress ?? progress,
    lastProgress: progress,
  };
}

function applyBody(state: RunState, event: ExperimentEvent): RunState {
  const { body } = event;
  switch (body.type) {
    case 'status': {
      const next: RunState = {
        ...state,
        // The experiment itself may already be known to have ended while its history is still arriving.
        status: isTerminal(state.status) ? state.status : body.status,
        error: body.error ?? state.error,
        modelId: body.model_id ?? state.modelId,
        fraction: body.status === 'SUCCESS' ? 1 : state.fraction,
      };
      return withLine(next, event, { type: 'status', status: body.status, attempt: event.attempt });
    }
    case 'stage':
      return withLine({ ...state, stage: body.stage }, event, body);
    case 'run': {
      const { type: _type, ...setup } = body;
      return { ...state, setup, totalEpochs: body.epochs };
    }
    case 'batch': {
      const { type: _type, fraction, ...batch } = body;
      return {
        ...withProgress(state, event, fraction),
        batch,
        epoch: Math.max(state.epoch, body.epoch),
        totalEpochs: body.epochs,
      };
    }
    case 'epoch': {
      const { type: _type, epochs: totalEpochs, fraction, ...point } = body;
      const best = point.best ? point : state.best;
      const epochs = [...state.epochs, point];
      return {
        ...withProgress(state, event, fraction),
        epochs: epochs.length > MAX_EPOCH_POINTS ? thin(epochs, best) : epochs,
        best,
        batch: null,
        epoch: point.epoch,
        totalEpochs,
      };
    }
    case 'preview': {
      const { type: _type, ...preview } = body;
      return { ...state, preview };
    }
    case 'early_stop': {
      const { type: _type, ...earlyStop } = body;
      return withLine({ ...state, earlyStop }, event, body);
    }
    case 'log':
      return withLine(state, event, body);
  }
}

function applyEvent(state: RunState, event: ExperimentEvent): RunState {
  if (event.seq <= state.lastSeq) return state;
  const seen = { ...state, lastSeq: event.seq, lastAt: Date.parse(event.at) };
  if (event.attempt < state.attempt) return seen;
  if (event.attempt === state.attempt) return applyBody(seen, event);
  return applyBody({ ...seen, ...FRESH_ATTEMPT, epochs: [], attempt: event.attempt }, event);
}

/**
 * Adds events to what is known. Events that were already seen change nothing; a later attempt starts its curves
 * anew, and what an earlier attempt still sends is left out.
 */
export function applyEvents(state: RunState, events: ExperimentEvent[]): RunState {
  return events.reduce(applyEvent, state);
}

/** Seconds until the run ends if it goes on as it did; null while that cannot be said. */
export function secondsLeft(state: RunState): number | null {
  const { firstProgress: first, lastProgress: last } = state;
  if (!first || !last) return null;
  const done = last.fraction - first.fraction;
  if (done <= 0.005 || last.at <= first.at || last.fraction >= 1) return null;
  return (((last.at - first.at) / 1000) * (1 - last.fraction)) / done;
}
