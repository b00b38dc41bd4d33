/** A CBOR sequence (RFC 8742) that arrives piece by piece, read one item at a time. Bounded: an item larger than `max` ends it. */
import type { Bytes } from '../protocol/bytes';
import { type Cbor, decodeFirst } from '../protocol/cbor';
import { isRefused, Refusal } from '../protocol/refusal';

export async function* items(body: ReadableStreamDefaultReader<Bytes>, max: number): AsyncGenerator<Cbor | Refusal> {
  // What came and was not read yet is `buffer` from `start` to its end; behind it there may be room, so that a large item is not copied with every piece of it.
  let room: Bytes = new Uint8Array(0);
  let buffer: Bytes = room;
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
    if (buffer.length + value.length > room.length) {
      const rest = buffer.subarray(start);
      room = new Uint8Array(Math.max(rest.length * 2, rest.length + value.length));
      room.set(rest);
      start = 0;
      buffer = room.subarray(0, rest.length);
    }
    // Items that were handed out lie before `start`: nothing is written there again.
    room.set(value, buffer.length);
    buffer = room.subarray(0, buffer.length + value.length);
  }
}
