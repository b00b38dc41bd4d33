/** A CBOR sequence (RFC 8742) that arrives piece by piece, read one item at a time. Bounded: an item larger than `max` ends it. */
import type { Bytes } from '../protocol/bytes';
import { type Cbor, decodeFirst } from '../protocol/cbor';
import { isRefused, Refusal } from '../protocol/refusal';

export async function* items(body: ReadableStreamDefaultReader<Bytes>, max: number): AsyncGenerator<Cbor | Refusal> {
  let buffer: Bytes = new Uint8Array(0);
  let start = 0;
  /** An item that was cut is tried again only after so much more has come: otherwise a large one would be read over and over. */
  let wait = 0;
  for (;;) {
    if (buffer.length - start >= wait && buffer.length > start) {
      const read = decodeFirst(buffer, start);
      if (!isRefused(read)) {
        // What is handed out must not change when the buffer is used again.
        start = read.end;
        wait = 0;
        yield read.value;
        continue;
      }
      if (read.error !== 'cut' || buffer.length - start > max) {
        yield new Refusal('malformed');
        return;
      }
      wait = Math.ceil((buffer.length - start) * 1.5);
    }
    const { done, value } = await body.read();
    if (done) {
      if (buffer.length > start) {
        const last = decodeFirst(buffer, start);
        if (isRefused(last)) {
          yield new Refusal('cut');
          return;
        }
        start = last.end;
        wait = 0;
        yield last.value;
        continue;
      }
      return;
    }
    const rest = buffer.subarray(start);
    const next = new Uint8Array(rest.length + value.length);
    next.set(rest);
    next.set(value, rest.length);
    buffer = next;
    start = 0;
  }
}
