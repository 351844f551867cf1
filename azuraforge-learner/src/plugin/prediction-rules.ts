import { nextLabels } from '../data/calendar.ts';
import type { JsonSchema, Pipeline, Prediction, PredictionInput, TrainingResult } from '../pipeline.ts';
import { expect, expectError } from './expectation.ts';

/** What the checks read of an input schema. */
interface InputSchema {
  properties?: {
    steps?: { maximum?: number };
    rows?: { minItems?: number; items?: RowSchema };
  };
}

interface RowSchema {
  required?: string[];
  properties?: Record<string, { type?: string }>;
}

/** Files go through bytes and come back; the forecast is finite and stands beside the naive one. */
export async function checkPrediction(pipeline: Pipeline<object>, result: TrainingResult): Promise<void> {
  for (const name of ['model.safetensors', 'model.json', 'report.json']) {
    expect(result.files[name] instanceof Uint8Array, `train() must return the file ${name}.`);
  }
  const horizon = horizonOf(result.inputSchema);
  const files = structuredClone(result.files);
  const whole = await pipeline.predict(files, {});
  checkForecast(whole, horizon, pipeline.id);
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

/** Wrong steps and rows are refused with the path of what is wrong. */
export async function checkBadPrediction(pipeline: Pipeline<object>, result: TrainingResult): Promise<void> {
  const refuse = async (input: PredictionInput, path: string): Promise<void> => {
    const situation = `predict() with a wrong ${path}`;
    const error = await expectError('PredictionInputError', situation, () =>
      pipeline.predict(result.files, input),
    );
    expect(
      error.details?.some((detail) => detail.path === path && detail.message !== ''),
      `${situation}: the error's details must name the path "${path}"; they name ${JSON.stringify(error.details?.map((detail) => detail.path))}.`,
    );
  };
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
