import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';

/** The rows of a comma-separated file with a header line, by column; rejects as the file system or csv-parse does. */
export async function readCsvRecords(file: string | URL): Promise<Record<string, string>[]> {
  return parse(await readFile(file, 'utf8'), {
    columns: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
  });
}
