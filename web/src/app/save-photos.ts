/** Photos to the browser's downloads: one as it is, many as a ZIP that is written while it is fetched. */
import type { PhotoRow } from '../engine/lists';
import { ZipWriter } from '../formats/zip';
import { download } from './media';
import { engine } from './session';

const PART = 4 << 20;
const WHOLE = 256 << 20;

export const fileNameOf = (p: PhotoRow): string => p.name.slice(p.name.lastIndexOf('/') + 1) || `${p.record}`;

async function* partsOf(p: PhotoRow): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (p.size <= WHOLE) {
    // Whole, and checked by its content id.
    yield (await engine.file(4, p.record, 0)).bytes;
    return;
  }
  for (let at = 0; at < p.size; at += PART) yield await engine.fileAt(4, p.record, 0, at, PART);
}

interface Target {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort?(): Promise<void>;
}
interface FilePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<Target> }>;
}

/** A file that the browser writes as it comes, where it can; else it is gathered first. Null: the person thought better of it. */
async function target(name: string, type: string): Promise<Target | null> {
  const picker = globalThis as unknown as FilePicker;
  if (picker.showSaveFilePicker) {
    try {
      return await (await picker.showSaveFilePicker({ suggestedName: name })).createWritable();
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') return null;
    }
  }
  const parts: Blob[] = [];
  return {
    // A blob of its own for each piece: the browser may keep it on disk.
    write: async (bytes) => void parts.push(new Blob([bytes])),
    close: async () => download(name, type, new Blob(parts, { type })),
  };
}

/** @param progress Bytes that are through. */
export async function savePhotos(photos: readonly PhotoRow[], progress: (done: number) => void): Promise<boolean> {
  const [first] = photos;
  if (!first) return false;
  const one = photos.length === 1;
  if (one && first.size <= WHOLE) {
    const file = await engine.file(4, first.record, 0);
    download(fileNameOf(first), file.mediaType, file.bytes);
    return true;
  }
  const out = await target(one ? fileNameOf(first) : `photos-${new Date().toISOString().slice(0, 10)}.zip`, one ? first.type : 'application/zip');
  if (!out) return false;
  let done = 0;
  const counted = async function* (p: PhotoRow) {
    for await (const part of partsOf(p)) {
      done += part.length;
      progress(done);
      yield part;
    }
  };
  try {
    if (one) for await (const part of counted(first)) await out.write(part);
    else {
      const zip = new ZipWriter((part) => out.write(part));
      for (const p of photos) await zip.add(p.name || p.record, Date.parse(p.taken.slice(0, 19)) || null, counted(p));
      await zip.finish();
    }
    await out.close();
    return true;
  } catch (e) {
    await out.abort?.();
    throw e;
  }
}
