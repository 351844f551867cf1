export { CheckpointFolder } from './node/checkpoint-folder.ts';
export { writeModelFolder, readModelFolder } from './node/model-folder.ts';
export { runPipelineCli } from './node/pipeline-cli.ts';
export type { Terminal } from './node/pipeline-cli.ts';
export { progressView } from './node/progress-view.ts';
export type { ProgressView, TextStream } from './node/progress-view.ts';
export { readSeriesCsv } from './node/series-csv.ts';

export { DiskCache } from './node/disk-cache.ts';
export type { DiskCacheOptions } from './node/disk-cache.ts';
export { readImage, readImageFolder } from './node/image-file.ts';
export type { FileImage } from './data/image-decoder.ts';
export type { ImageFolder, ReadImageOptions } from './node/image-file.ts';
export { readTableCsv, readTableParquet } from './node/table-file.ts';
export { readWav } from './node/wav-file.ts';
export type { Sound } from './data/wav-decoder.ts';
export { WorkerSource } from './node/worker-source.ts';
