import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { SeriesTable } from '../data/series-table.ts';
import { DataError } from '../error.ts';

/**
 * Reads a comma-separated file with a header line into a series. Columns that are not named are left out.
 * Throws DataError that names the file, and the row and column where there is one.
 */
export async function readSeriesCsv(
  file: string | URL,
  options: { labelName: string; columns: readonly string[] },
): Promise<SeriesTable> {
  try {
    const records: Record<string, string>[] = parse(await readFile(file, 'utf8'), {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
    });
    return SeriesTable.fromRecords(records, options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DataError(`${file instanceof URL ? file.pathname : file}: ${message}`, { cause });
  }
}
