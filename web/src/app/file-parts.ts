/** A file of a record, part by part: no more of it is in memory than one. */
import type { Id, Kind } from '../protocol/ids';
import { engine } from './session';

type Bytes = Uint8Array<ArrayBuffer>;

const PART = 4 << 20;

/** The first part: all of a small file. Whoever has it knows that the file can be read, before anything of it is written. */
export const firstPart = (kind: Kind, record: Id, index: number): Promise<Bytes> => engine.fileAt(kind, record, index, 0, PART);

/** @param size Of the whole file. @param first What {@link firstPart} gave, where it was asked for before. */
export async function* fileParts(kind: Kind, record: Id, index: number, size: number, first?: Bytes): AsyncGenerator<Bytes> {
  if (first) yield first;
  for (let at = first?.length ?? 0; at < size; at += PART) yield await engine.fileAt(kind, record, index, at, PART);
}
