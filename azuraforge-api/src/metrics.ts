import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at `/metrics`. */
export class Metrics {
  readonly registry = new Registry();

  /** Labelled by route pattern, never by address: ids would make a series each. */
  readonly requests = new Histogram({
    name: 'azuraforge_api_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  readonly sockets = new Gauge({
    name: 'azuraforge_api_sockets',
    help: 'Open connections to the live progress namespace.',
    registers: [this.registry],
  });

  readonly experiments = new Counter({
    name: 'azuraforge_api_experiments_created_total',
    help: 'Experiments that were accepted, by pipeline.',
    labelNames: ['pipeline_id'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
