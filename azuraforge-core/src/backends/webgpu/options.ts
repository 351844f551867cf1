/** Whether a driver that computes on the processor counts as a GPU. */
export type SoftwarePolicy = 'allow' | 'refuse';

/** Whether shaders are written for the adapter at hand, or always as for a GPU. */
export type Tuning = 'adapter' | 'gpu';

export interface WebGpuOptions {
  /** Whether an adapter that computes in software will do; by default it is refused. */
  readonly software?: SoftwarePolicy;
  /** Whether shaders are written for the adapter that is found (the default) or always as for a GPU. */
  readonly tuning?: Tuning;
}
