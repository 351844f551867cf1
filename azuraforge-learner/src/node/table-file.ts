import { readFile } from 'node:fs/promises';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { TableColumns } from '../data/table.ts';
import { Table } from '../data/table.ts';
import { readCsvRecords } from './csv-records.ts';
import { namingFile } from './file-error.ts';

/**
 * Reads a comma-separated file with a header line. Columns that are not named are left out.
 * Throws DataError that names the file, and the row and column where there is one.
 */
export function readTableCsv(file: string | URL, columns: TableColumns): Promise<Table> {
  return namingFile(file, 'Check that it is a CSV file with a header line.', async () => {
    return Table.fromRecords(await readCsvRecords(file), columns);
  });
}

/**
 * Reads a Parquet file (uncompressed, snappy, gzip, brotli, zstd, lz4), the named columns only.
 * Throws DataError that names the file, and the row and column where there is one.
 */
export function readTableParquet(file: string | URL, columns: TableColumns): Promise<Table> {
  return namingFile(
    file,
    'It is cut off, damaged, or no Parquet file; write or download it again.',
    async () => {
      const bytes = await readFile(file);
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      const records = await parquetReadObjects({ file: buffer, compressors });
      return Table.fromRecords(records, columns);
    },
  );
}
