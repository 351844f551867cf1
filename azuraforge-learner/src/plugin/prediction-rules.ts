import { nextLabels } from '../data/calendar.ts';
import type {
  AnyPipeline,
  JsonSchema,
  Pipeline,
  Prediction,
  PredictionInput,
  TrainingResult,
} from '../pipeline.ts';
import { checkFit, expectRefusal } from './answer-rules.ts';
import { checkAudio, checkBadAudio, isAudioGenerator } from './audio-rules.ts';
import { expect } from './expectation.ts';
import { checkBadGeneration, checkGeneration, isGenerator } from './generation-rules.ts';

/** What the checks read of an input schema. */
interface InputSchema {
  properties?: {
    steps?: { maximum?: number };
    rows?: { minItems?: number; items?: RowSchema };
  };
}

interface RowSchema {
  required?: string[];
  properties?: Record<string, FieldSchema>;
}

interface FieldSchema {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  minItems?: number;
  items?: FieldSchema;
}

/** A pipeline whose input schema has `steps`. */
type Forecaster = Pipeline<object>;

function isForecaster(_pipeline: AnyPipeline, { inputSchema }: TrainingResult): _pipeline is Forecaster {
  return (inputSchema as InputSchema).properties?.steps !== undefined;
}

/** Files go through bytes and come back; the answer fits its schema, and stands beside a naive one unless it is a text or a sound. */
export async function checkPrediction(pipeline: AnyPipeline, result: TrainingResult): Promise<void> {
  for (const name of ['model.safetensors', 'model.json', 'report.json']) {
    expect(result.files[name] instanceof Uint8Array, `train() must return the file ${name}.`);
  }
  if (isForecaster(pipeline, result)) await checkForecasts(pipeline, result);
  else if (isGenerator(pipeline, result)) await checkGeneration(pipeline, result);
  else if (isAudioGenerator(pipeline, result)) await checkAudio(pipeline, result);
  else await checkAnswers(pipeline, result);
}

/** Wrong input is refused with the path of what is wrong. */
export async function checkBadPrediction(pipeline: AnyPipeline, result: TrainingResult): Promise<void> {
  if (isForecaster(pipeline, result)) await checkBadForecast(pipeline, result);
  else if (isGenerator(pipeline, result)) await checkBadGeneration(pipeline, result);
  else if (isAudioGenerator(pipeline, result)) await checkBadAudio(pipeline, result);
  else await checkBadRows(pipeline, result);
}

async function checkForecasts(pipeline: Forecaster, result: TrainingResult): Promise<void> {
  const horizon = horizonOf(result.inputSchema);
  const files = structuredClone(result.files);
  const whole = await pipeline.predict(files, {});
  checkForecast(whole, horizon, pipeline.id);
  checkFit(whole, result);
  const short = await pipeline.predict(files, { steps: 1 });
  checkForecast(short, 1, pipeline.id);
  expect(
    short.steps[0]?.value === whole.steps[0]?.value,
    'A forecast of 1 step must begin like the forecast of all steps.',
  );
  const rows = sampleRows(result.inputSchema);
  if (rows) checkForecast(await pipeline.predict(files, { rows }), horizon, pipeline.id);
  const again = await pipeline.predict(files, {});
  expect(
    JSON.stringify(again) === JSON.stringify(whole),
    'The same files and input must give the same forecast.',
  );
}

async function checkBadForecast(pipeline: Forecaster, result: TrainingResult): Promise<void> {
  const refuse = (input: PredictionInput, path: string): Promise<void> =>
    expectRefusal(pipeline, result, input, path);
  const horizon = horizonOf(result.inputSchema);
  await refuse({ steps: 0 }, 'steps');
  await refuse({ steps: horizon + 1 }, 'steps');
  const rows = sampleRows(result.inputSchema);
  if (!rows) return;
  await refuse({ rows: [] }, 'rows');
  await refuse({ rows: rows.slice(1) }, 'rows');
  for (const column of Object.keys(rows[1] ?? {})) {
    const { [column]: _removed, ...rest } = rows[1] ?? {};
    await refuse({ rows: rows.with(1, rest) }, `rows.1.${column}`);
    await refuse({ rows: rows.with(1, { ...rest, [column]: Number.NaN }) }, `rows.1.${column}`);
  }
}

async function checkAnswers(pipeline: AnyPipeline, result: TrainingResult): Promise<void> {
  const files = structuredClone(result.files);
  const row = sampleRow(result.inputSchema);
  const ask = (rows: unknown[]): Promise<unknown> => pipeline.predict(files, { rows } as never);
  const answer = await ask([row, row]);
  checkFit(answer, result);
  const { pipeline_id: id, target, rows, naive } = answer as Record<string, unknown>;
  expect(id === pipeline.id, `prediction.pipeline_id must be "${pipeline.id}".`);
  expect(typeof target === 'string' && target !== '', 'prediction.target must name what is predicted.');
  expect(Array.isArray(rows) && rows.length === 2, 'The answer must have a row for each row that was sent.');
  expect(naive !== undefined, 'The answer must hold the naive one, which looks at no row.');
  expect(
    JSON.stringify(await ask([row, row])) === JSON.stringify(answer),
    'The same files and input must give the same answer.',
  );
}

async function checkBadRows(pipeline: AnyPipeline, result: TrainingResult): Promise<void> {
  const row = sampleRow(result.inputSchema);
  const refuse = (rows: unknown, path: string): Promise<void> =>
    expectRefusal(pipeline, result, { rows }, path);
  await refuse([], 'rows');
  await refuse('none', 'rows');
  await refuse([row, { ...row, no_such_field: 1 }], 'rows.1.no_such_field');
  for (const column of Object.keys(row)) await refuse([row, { ...row, [column]: {} }], `rows.1.${column}`);
}

/** A row that the schema asks for: all required fields, else the last one that may be given. */
function sampleRow(schema: JsonSchema): Record<string, unknown> {
  const items = (schema as InputSchema).properties?.rows?.items;
  const columns = items?.properties;
  expect(
    columns,
    'inputSchema must have properties.steps, properties.prompt, properties.seconds or properties.rows.items.properties.',
  );
  const names = items.required?.length ? items.required : Object.keys(columns).slice(-1);
  return Object.fromEntries(names.map((name) => [name, sampleOf(columns[name]!)]));
}

function sampleOf({ type, enum: choices, minimum = 1, minItems = 1, items }: FieldSchema): unknown {
  if (choices) return choices[0];
  if (type === 'array') return Array.from({ length: minItems }, () => sampleOf(items!));
  return type === 'string' ? 'sample' : minimum;
}

function horizonOf(schema: JsonSchema): number {
  const horizon = (schema as InputSchema).properties?.steps?.maximum;
  expect(
    horizon !== undefined && Number.isInteger(horizon) && horizon >= 1,
    'inputSchema.properties.steps.maximum must be the number of steps that the model can forecast.',
  );
  return horizon;
}

/** Rows that the schema asks for: as many as needed, with dates a day apart and gently rising numbers. */
function sampleRows(schema: JsonSchema): Record<string, unknown>[] | null {
  const rows = (schema as InputSchema).properties?.rows;
  const columns = rows?.items?.properties;
  if (!columns) return null;
  expect(
    rows.items?.required?.length === Object.keys(columns).length,
    'inputSchema.properties.rows.items must require every column that it lists.',
  );
  const count = rows.minItems ?? 1;
  const labels = nextLabels('2019-12-31', 'daily', count);
  return labels.map((label, row) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, { type }]) => [
        name,
        type === 'string' ? label : 10 + row / count + Math.sin(row),
      ]),
    ),
  );
}

function checkForecast(prediction: Prediction, steps: number, pipelineId: string): void {
  expect(prediction.pipeline_id === pipelineId, `prediction.pipeline_id must be "${pipelineId}".`);
  expect(prediction.target !== '', 'prediction.target must name what is forecast.');
  expect(
    prediction.steps.length === steps,
    `The forecast has ${prediction.steps.length} steps in place of ${steps}.`,
  );
  expect(
    prediction.steps.every(({ value, naive }) => Number.isFinite(value) && Number.isFinite(naive)),
    'Every step of a forecast needs a finite value and a finite naive value.',
  );
  expect(
    prediction.history.length > 0 && prediction.history.every(({ value }) => Number.isFinite(value)),
    'A forecast needs the last observations before it, all finite.',
  );
  const labels = [...prediction.history, ...prediction.steps].map(({ label }) => label);
  expect(
    new Set(labels).size === labels.length,
    'History and steps must have labels of their own, each once.',
  );
}
