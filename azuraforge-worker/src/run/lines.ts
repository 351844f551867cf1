import type { Readable } from 'node:stream';
import { ProtocolError } from './protocol.ts';

const NEWLINE = 10;

/** The lines of a stream, read only as fast as they are consumed. Throws ProtocolError at a line that is too long. */
export async function* readLines(stream: Readable, maxBytes: number): AsyncGenerator<string, void, void> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > maxBytes)
      throw new ProtocolError(`The pipeline sent a message of more than ${maxBytes} bytes.`);
    if (rest.length > 0) parts.push(rest);
  }
}
