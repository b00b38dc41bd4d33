/** Thumbnails and previews, made in the worker from what the browser can decode (spec/records.md §3). What it cannot, another device may make. */
import type { Bytes } from '../protocol/bytes';

const THUMB_SIDE = 256;
const THUMB_BYTES = 24 << 10;
const PREVIEW_SIDE = 2048;
/** A picture of more is not decoded: it would not fit into a phone's memory. */
const MAX_PIXELS = 120e6;
const QUALITIES = [0.8, 0.6, 0.4, 0.2];

export interface Preview {
  readonly type: string;
  readonly thumb: Bytes;
  /** null: the thumbnail is as large as the picture. */
  readonly large: Blob | null;
}

/** Null where the browser cannot decode it. @param pixels As the headers say; 0: unknown. */
export async function makePreview(picture: Blob, pixels: number): Promise<Preview | null> {
  if (typeof OffscreenCanvas === 'undefined' || pixels > MAX_PIXELS) return null;
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' }).catch(() => null);
  if (!bitmap) return null;
  try {
    const side = Math.max(bitmap.width, bitmap.height);
    for (const quality of QUALITIES) {
      const small = await drawn(bitmap, Math.min(1, THUMB_SIDE / side), quality);
      if (small.size > THUMB_BYTES) continue;
      const large = side > THUMB_SIDE ? await drawn(bitmap, Math.min(1, PREVIEW_SIDE / side), 0.82) : null;
      return { type: small.type, thumb: new Uint8Array(await small.arrayBuffer()), large: large?.type === small.type ? large : null };
    }
    return null;
  } finally {
    bitmap.close();
  }
}

/** WebP, or what the browser writes instead. */
async function drawn(bitmap: ImageBitmap, scale: number, quality: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/webp', quality });
}
