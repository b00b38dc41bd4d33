/** The search as it was before its haystack was kept: over all records, one by one. What it finds is what is to be found. Records of the same date stand by their ids. */

import type { Found } from '../src/engine/haystack';
import { type Entry, shownHead } from '../src/engine/library';
import type { CborMap } from '../src/protocol/cbor';
import type { Kind } from '../src/protocol/ids';
import { viewNumber, viewText, viewTexts } from '../src/protocol/record';

const MAX_FOUND_PER_KIND = 50;
const SEARCHED: Record<Kind, string[]> = {
  1: ['fn', 'org', 'title', 'nick', 'tel', 'email', 'cats', 'note'],
  2: ['title', 'tags', 'snippet', 'notebook'],
  3: ['body', 'subject', 'name', 'thread'],
  4: ['caption', 'albums', 'people', 'make', 'model', 'taken'],
};

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function textsOf(kind: Kind, name: string, view: CborMap): string[] {
  const texts: string[] = kind === 4 || kind === 2 ? [name] : [];
  for (const key of SEARCHED[kind]) {
    const one = viewText(view, key);
    if (one !== undefined) texts.push(one);
    else texts.push(...viewTexts(view, key));
  }
  return texts;
}

const dateOf = (e: Entry, view: CborMap): number =>
  viewNumber(view, 'date') ?? viewNumber(view, 'updated') ?? viewNumber(view, 'utc') ?? shownHead(e).time[0];

/** @param kinds Of each the records that are shown. */
export function searchBefore(kinds: ReadonlyMap<Kind, Entry[]>, query: string, lookedAt: number): Found[] {
  const words = folded(query)
    .split(/\s+/)
    .filter((w) => w !== '');
  if (words.length === 0) return [];
  const found: Found[] = [];
  for (const [kind, entries] of kinds) {
    const haystack = entries
      .filter((e) => e.summary && !e.summary.view.has('of'))
      .map((entry) => ({ entry, date: dateOf(entry, entry.summary!.view) }))
      .sort((a, b) => a.date - b.date || (a.entry.record < b.entry.record ? -1 : 1));
    const rows: Found[] = [];
    for (let i = haystack.length - 1; i >= 0 && rows.length < lookedAt; i--) {
      const { entry, date } = haystack[i]!;
      const { name, view } = entry.summary!;
      const texts = textsOf(kind, name, view);
      const all = folded(texts.join('\n'));
      if (!words.every((w) => all.includes(w))) continue;
      const title =
        kind === 3
          ? (viewText(view, 'name') ?? viewText(view, 'thread') ?? '')
          : (viewText(view, 'fn') ?? viewText(view, 'title') ?? viewText(view, 'caption') ?? viewText(view, 'body') ?? name);
      const looked = kind === 3 ? [viewText(view, 'body') ?? ''] : texts;
      const text = looked.find((one) => one !== title && words.some((w) => folded(one).includes(w))) ?? viewText(view, 'snippet') ?? looked[0] ?? '';
      const best = words.every((w) => folded(title).includes(w));
      rows.push({ kind, record: entry.record, title, text, thread: kind === 3 ? (viewText(view, 'thread') ?? '') : '', date, best });
    }
    found.push(...rows.sort((a, b) => Number(b.best) - Number(a.best) || b.date - a.date).slice(0, MAX_FOUND_PER_KIND));
  }
  return found.sort((a, b) => Number(b.best) - Number(a.best));
}
