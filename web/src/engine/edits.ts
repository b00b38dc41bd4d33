/** What an edit of a record keeps, and the names that new things get. */
import { safeFileName } from '../formats/note';
import { hex } from '../protocol/bytes';
import { random } from '../protocol/random';
import { type Content, type RecordFile, viewTexts } from '../protocol/record';

/** Keys of the view that this app does not know are kept (spec/records.md). */
export function keepOthers(fresh: Content['view'], before: Content, known: string[]): Content['view'] {
  const view = new Map(fresh);
  for (const [key, value] of before.view) if (!known.includes(key)) view.set(key, value);
  return view;
}

export interface PhotoEdit {
  readonly favourite?: boolean;
  readonly caption?: string;
  readonly addAlbum?: string;
  readonly removeAlbum?: string;
}

/** A photo's view with an edit in it; empty values are absent, sets are sorted by UTF-16 code unit (spec/records.md §3). */
export function editedView(before: Content['view'], edit: PhotoEdit): Content['view'] {
  const view = new Map(before);
  if (edit.favourite === true) view.set('fav', true);
  else if (edit.favourite === false) view.delete('fav');
  if (edit.caption !== undefined) {
    if (edit.caption.trim() === '') view.delete('caption');
    else view.set('caption', edit.caption.trim());
  }
  const albums = new Set(viewTexts(before, 'albums'));
  if (edit.addAlbum?.trim()) albums.add(edit.addAlbum.trim());
  if (edit.removeAlbum !== undefined) albums.delete(edit.removeAlbum);
  if (albums.size > 0) view.set('albums', [...albums].sort());
  else view.delete('albums');
  return view;
}

/** A name for a file beside a note: its own, made safe, and another number where it is taken. */
export function freeFile(name: string, folder: string, files: readonly RecordFile[]): string {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot).replace(/[^.\w-]/g, '')] : [name, ''];
  for (let n = 1; ; n++) {
    const candidate = safeFileName(n === 1 ? stem : `${stem} (${n})`, ending.slice(0, 24));
    if (!files.some((f) => f.name.toLowerCase() === (folder + candidate).toLowerCase())) return candidate;
  }
}

export const fileName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Version 4. */
export function uuid(): string {
  const h = hex(random(16));
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
}
