/** Photos to the browser's downloads: one as it is, many as a ZIP that is written while it is fetched. */
import type { PhotoRow } from '../engine/lists';
import { ZipWriter } from '../formats/zip';
import { fileParts } from './file-parts';
import { download } from './media';
import { target } from './save-target';
import { engine } from './session';

const WHOLE = 256 << 20;

export const fileNameOf = (p: PhotoRow): string => p.name.slice(p.name.lastIndexOf('/') + 1) || `${p.record}`;

async function* partsOf(p: PhotoRow): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (p.size <= WHOLE) {
    // Whole, and checked by its content id.
    yield (await engine.file(4, p.record, 0)).bytes;
    return;
  }
  yield* fileParts(4, p.record, 0, p.size);
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
    await out.abort();
    throw e;
  }
}
