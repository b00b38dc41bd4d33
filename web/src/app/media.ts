/** Pictures as addresses of this page (`blob:`): kept while they are likely to be seen again, and let go of when many newer ones came. */
import { useEffect, useState } from 'preact/hooks';
import type { Id } from '../protocol/ids';
import { engine } from './session';

const KEPT = 800;
const AT_ONCE = 6;

const urls = new Map<Id, Promise<string | null>>();
let running = 0;
const waiting: (() => void)[] = [];

/** A picture that nothing can be wrong with: other types are not shown, whatever a record says of itself. */
export const SHOWN = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif', 'image/bmp']);

async function turn<T>(task: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await task();
  } finally {
    running--;
    // The newest first: it is what is on the screen now.
    waiting.pop()?.();
  }
}

export const urlOf = (mediaType: string, bytes: Uint8Array<ArrayBuffer>): string => URL.createObjectURL(new Blob([bytes], { type: mediaType }));

function thumb(preview: Id): Promise<string | null> {
  const known = urls.get(preview);
  if (known) {
    urls.delete(preview);
    urls.set(preview, known);
    return known;
  }
  const made = turn(async () => {
    const found = await engine.thumb(preview).catch(() => null);
    return found && SHOWN.has(found.mediaType) ? urlOf(found.mediaType, found.bytes) : null;
  });
  urls.set(preview, made);
  for (const [old, url] of urls) {
    if (urls.size <= KEPT) break;
    urls.delete(old);
    void url.then((u) => u && URL.revokeObjectURL(u));
  }
  return made;
}

export function useThumb(preview: Id | null): string | null {
  const [url, set] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    set(null);
    if (preview) void thumb(preview).then((u) => !gone && set(u));
    return () => {
      gone = true;
    };
  }, [preview]);
  return url;
}

/** An address for as long as the component stands. */
export function useBlobUrl(
  load: () => Promise<{ mediaType: string; bytes: Uint8Array<ArrayBuffer> } | null>,
  keys: unknown[],
): { url: string | null; failed: boolean } {
  const [state, set] = useState<{ url: string | null; failed: boolean }>({ url: null, failed: false });
  useEffect(() => {
    let gone = false;
    let made: string | null = null;
    set({ url: null, failed: false });
    load().then(
      (found) => {
        if (gone) return;
        made = found ? urlOf(found.mediaType, found.bytes) : null;
        set({ url: made, failed: !found });
      },
      () => !gone && set({ url: null, failed: true }),
    );
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, keys);
  return state;
}

/** Hands a file to the browser's downloads. */
export function download(name: string, mediaType: string, bytes: Uint8Array<ArrayBuffer> | Blob | string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const POSTER_WAIT_MS = 8000;
const POSTER_SIDE = 2048;

/** A picture of a film, for its thumbnail; null where this browser cannot play it. */
export async function filmPoster(film: Blob): Promise<Blob | null> {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  video.src = URL.createObjectURL(film);
  const happened = (name: string) =>
    new Promise<void>((done, fail) => {
      video.addEventListener(name, () => done(), { once: true });
      video.addEventListener('error', () => fail(new Error('cannot play')), { once: true });
      setTimeout(() => fail(new Error('too slow')), POSTER_WAIT_MS);
    });
  try {
    await happened('loadeddata');
    if (video.duration > 1) {
      const seeked = happened('seeked');
      video.currentTime = Math.min(1, video.duration / 3);
      await seeked;
    }
    const scale = Math.min(1, POSTER_SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, 'image/webp', 0.9));
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(video.src);
    video.removeAttribute('src');
  }
}
