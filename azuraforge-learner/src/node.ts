export { writeModelFolder, readModelFolder } from './node/model-folder.ts';
export { runPipelineCli } from './node/pipeline-cli.ts';
export type { Terminal } from './node/pipeline-cli.ts';
export { readSeriesCsv } from './node/series-csv.ts';
