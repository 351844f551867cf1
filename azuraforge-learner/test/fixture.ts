import { readFile } from 'node:fs/promises';

/** A tensor as `test/reference/generate.py` writes it. */
export interface FixtureTensor {
  shape: number[];
  data: number[];
}

const FOLDER = new URL('fixtures/', import.meta.url);

export async function readFixture<Content>(name: string): Promise<Content> {
  return JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8')) as Content;
}

export async function readFixtureBytes(name: string): Promise<Uint8Array> {
  return readFile(new URL(name, FOLDER));
}
