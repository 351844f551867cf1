import { SeriesTable } from '../data/series-table.ts';
import { DataError } from '../error.ts';
import { readCsvRecords } from './csv-records.ts';
import { fileName } from './file-error.ts';

/**
 * Reads a comma-separated file with a header line into a series. Columns that are not named are left out.
 * Throws DataError that names the file, and the row and column where there is one.
 */
export async function readSeriesCsv(
  file: string | URL,
  options: { labelName: string; columns: readonly string[] },
): Promise<SeriesTable> {
  try {
    return SeriesTable.fromRecords(await readCsvRecords(file), options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DataError(`${fileName(file)}: ${message}`, { cause });
  }
}
