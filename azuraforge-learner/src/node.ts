export { CheckpointFolder } from './node/checkpoint-folder.ts';
export { writeModelFolder, readModelFolder } from './node/model-folder.ts';
export { runPipelineCli } from './node/pipeline-cli.ts';
export type { Terminal } from './node/pipeline-cli.ts';
export { progressView } from './node/progress-view.ts';
export type { ProgressView, TextStream } from './node/progress-view.ts';
export { readSeriesCsv } from './node/series-csv.ts';
