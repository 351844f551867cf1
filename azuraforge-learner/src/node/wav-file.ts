import { readFile } from 'node:fs/promises';
import type { Sound } from '../data/wav-decoder.ts';
import { decodeWav } from '../data/wav-decoder.ts';
import { namingFile } from './file-error.ts';

/**
 * Reads a WAV file of whole numbers (8 to 32 bits) or floats. Throws DataError that names the file: cut off, damaged, no
 * samples, values that are not finite.
 */
export function readWav(file: string | URL): Promise<Sound> {
  return namingFile(file, 'It is cut off, damaged, or no WAV file; write or download it again.', async () =>
    decodeWav(await readFile(file)),
  );
}
