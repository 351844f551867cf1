import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataError } from '../../src/error.ts';
import { readSeriesCsv } from '../../src/node.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'series-csv-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(content: string): Promise<ReturnType<typeof readSeriesCsv>> {
  const file = join(folder, 'series.csv');
  await writeFile(file, content);
  return readSeriesCsv(file, { labelName: 'date', columns: ['close'] });
}

describe('readSeriesCsv', () => {
  test('reads quotes, a byte-order mark and Windows line ends', async () => {
    const table = await read(
      '\uFEFFdate,"note, free",close\r\n2024-01-01,"a ""b""",1.5\r\n2024-01-02,, 2\r\n\r\n',
    );
    expect(table.labels).toEqual(['2024-01-01', '2024-01-02']);
    expect([...table.column('close')]).toEqual([1.5, 2]);
  });

  test.each([
    ['', /series\.csv: The series has no rows/],
    ['date,open\n2024-01-01,1\n', /series\.csv: Column "close" is missing/],
    ['date,close\n2024-01-01,1\n2024-01-02,\n', /Column "close", row 2 \(2024-01-02\)/],
    ['date,close\n2024-01-01,1,9\n', /series\.csv: Invalid Record Length/],
  ])('names file and place of what is wrong (%#)', async (content, message) => {
    await expect(read(content)).rejects.toThrow(DataError);
    await expect(read(content)).rejects.toThrow(message);
  });

  test('names a file that is not there', async () => {
    const missing = readSeriesCsv(join(folder, 'none.csv'), { labelName: 'date', columns: ['close'] });
    await expect(missing).rejects.toThrow(/none\.csv: ENOENT: no such file/);
  });
});
