import type { DataSource } from 'typeorm';
import type { Report } from '../src/contract.ts';
import { claimExperiment, type ClaimResult, type Finish } from '../src/index.ts';

export function claim(db: DataSource, experimentId: string, workerId = 'worker'): Promise<ClaimResult> {
  return claimExperiment(db, { experimentId, workerId, leaseSeconds: 30, maxAttempts: 3 });
}

export const REPORT: Report = {
  version: 1,
  pipeline_id: 'weather_forecaster',
  created_at: '2026-11-20T00:00:00.000Z',
  summary: { metric: 'mae', model: 2, naive: 3, verdict: 'better' },
  sections: [],
};

/** With its fields in an order that is not that of the alphabet or of their length. */
export const INPUT_SCHEMA = {
  type: 'object',
  properties: { width: { type: 'number' }, length: { type: 'number' }, age: { type: 'number' } },
};

export const SUCCESS: Finish['outcome'] = {
  status: 'SUCCESS',
  report: REPORT,
  summary: REPORT.summary,
  model: { inputSchema: INPUT_SCHEMA, sizeBytes: 1234 },
};
