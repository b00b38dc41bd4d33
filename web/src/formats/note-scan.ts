/** One pass over a note's Markdown for what a list shows: a title, the files it needs, the boxes ticked. spec/records.md §3.1. Not a renderer: links that span lines are not seen. */

const MAX_TITLE = 120;
const MAX_DESTINATION = 1024;
const MAX_CODE_SPAN = 512;
const MAX_ATTACHMENTS = 10_000;
const [TAB, SPACE, OPEN, CLOSE] = [9, 32, 40, 41];

export interface NoteScan {
  /** The first heading that has words; else the first words; empty where there are none. */
  readonly title: string;
  readonly items: number;
  readonly done: number;
  /** Relative links, decoded, each once, in order. */
  readonly links: string[];
}

export function scanNote(body: string): NoteScan {
  let [heading, first, items, done] = ['', '', 0, 0];
  const links: string[] = [];
  const seen = new Set<string>();
  const add = (target: string, isEncoded: boolean) => {
    const path = linkedPath(target, isEncoded);
    if (path === null || seen.has(path) || links.length >= MAX_ATTACHMENTS) return;
    seen.add(path);
    links.push(path);
  };
  let fence = '';
  for (const line of body.split(/\r\n|\r|\n/)) {
    const run = /^ {0,3}(`+|~+)/.exec(line)?.[1] ?? '';
    if (fence !== '') {
      if (run.length >= fence.length && run[0] === fence[0] && trimmed(line, fence[0]!) === '') fence = '';
      continue;
    }
    if (run.length >= 3) {
      fence = run;
      continue;
    }
    if (heading === '') {
      const isHeading = /^(#{1,6})(?:[ \t]|$)/.exec(line.trim());
      if (isHeading) heading = shorten(withoutEnd(line.trim().slice(isHeading[1]!.length).trim(), '#').trimEnd());
      else if (first === '') first = firstWords(line);
    }
    const box = afterBullet(line.trimStart());
    if (box !== null && /^\[[ xX]\](?:[ \t]|$)/.test(box)) {
      items++;
      if (box[1] !== ' ') done++;
    }
    readLinks(line, add);
  }
  return { title: heading || first, items, done, links };
}

const trimmed = (line: string, mark: string): string => line.trim().split(mark).join('');

function firstWords(line: string): string {
  let rest = line.trim().replace(/^[> \t]+/, '');
  const item = afterBullet(rest);
  if (item !== null) rest = item.length >= 3 && item[0] === '[' && item[2] === ']' ? item.slice(3) : item;
  const words = withoutEnd(rest.replace(/^[*_>\- \t]+/, ''), '*_>- \t');
  return words !== '' && !words.startsWith('![') && /[^=\-_*]/.test(words) ? shorten(words) : '';
}

/** A pattern that looks for marks at the end would begin anew at each of them. */
function withoutEnd(text: string, marks: string): string {
  let end = text.length;
  while (end > 0 && marks.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** What follows "- ", "* ", "+ ", "1. " or "1) "; null where there is no such bullet. */
function afterBullet(line: string): string | null {
  const m = /^(?:\d{1,9}[.)]|[-*+])(?=[ \t])/.exec(line);
  return m ? line.slice(m[0].length).trimStart() : null;
}

function readLinks(line: string, add: (target: string, isEncoded: boolean) => void): void {
  const reference = line.replace(/^ +/, '');
  if (reference.startsWith('[') && !reference.startsWith('[^')) {
    const colon = reference.indexOf(']:');
    if (colon > 1) readDestination(reference, colon + 2, add);
  }
  for (let at = 0; at < line.length; ) {
    const next = line.slice(at).search(/[`\]!<]/);
    if (next < 0) return;
    at += next;
    if (line[at] === '`') at += codeSpan(line.slice(at));
    else if (line.startsWith('](', at)) {
      readDestination(line, at + 2, add);
      at += 2;
    } else if (line.startsWith('![[', at)) {
      const window = line.slice(at + 3, at + 3 + MAX_DESTINATION);
      const end = window.indexOf(']]');
      if (end >= 0) add(window.slice(0, end).split('|')[0]!, false);
      at += 3 + Math.max(0, end);
    } else if (line[at] === '<') at += 1 + readTag(line.slice(at + 1), add);
    else at++;
  }
}

/** Length of the code span that opens here, or of its backticks alone if nothing closes it. */
function codeSpan(text: string): number {
  const ticks = /^`+/.exec(text)![0].length;
  const window = Math.min(text.length, ticks + MAX_CODE_SPAN);
  for (let at = ticks; at < window; ) {
    const next = text.indexOf('`', at);
    if (next < 0 || next >= window) break;
    const run = /^`+/.exec(text.slice(next))![0].length;
    at = next + run;
    if (run === ticks) return at;
  }
  return ticks;
}

/** The destination from a position on, in angle brackets or up to a blank or the ")" that balances. */
function readDestination(line: string, from: number, add: (target: string, isEncoded: boolean) => void): void {
  let start = from;
  while (line[start] === ' ' || line[start] === '\t') start++;
  if (start === line.length || start - from > MAX_DESTINATION) return;
  const limit = Math.min(line.length, start + MAX_DESTINATION);
  if (line[start] === '<') {
    const end = line.slice(start, limit).indexOf('>');
    if (end > 0) add(line.slice(start + 1, start + end), true);
    return;
  }
  // Most windows that hold no end are seen at one glance.
  if (limit - start === MAX_DESTINATION && !/[ \t)]/.test(line.slice(start, limit))) return;
  let [depth, end] = [0, start];
  for (; end < limit; end++) {
    const c = line.charCodeAt(end);
    if (c === SPACE || c === TAB || (c === CLOSE && depth-- === 0)) break;
    if (c === OPEN) depth++;
  }
  if (end - start < MAX_DESTINATION) add(line.slice(start, end), true);
}

/** src="…" and href="…" of an HTML tag. */
function readTag(text: string, add: (target: string, isEncoded: boolean) => void): number {
  const end = text.slice(0, MAX_DESTINATION).indexOf('>');
  if (end < 0 || !/^[A-Za-z]/.test(text)) return 0;
  for (const name of [' src=', ' href=']) {
    const at = text.slice(0, end).toLowerCase().indexOf(name);
    if (at < 0) continue;
    const value = text.slice(at + name.length, end);
    const close = value[0] === '"' || value[0] === "'" ? value.indexOf(value[0], 1) : -1;
    if (close > 1) add(value.slice(1, close), true);
  }
  return end;
}

/** A path from the note's folder; null for an address elsewhere, an anchor, an absolute path. */
function linkedPath(target: string, isEncoded: boolean): string | null {
  const cut = target.split(/[#?]/)[0]!.trim();
  if (cut === '' || /^[/\\]/.test(cut) || cut.includes(':')) return null;
  const path = isEncoded ? unescapeUri(cut) : cut;
  return /[\u0000-\u001f]/.test(path) || /^[/\\]/.test(path) ? null : path;
}

/** Percent signs that stand for UTF-8 become it; others stay. */
const unescapeUri = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });

/** At most 120 characters of UTF-16, cut between text elements. */
export function shorten(words: string): string {
  if (words.length <= MAX_TITLE) return words;
  let end = 0;
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(words.slice(0, 2 * MAX_TITLE))) {
    if (end + segment.length >= MAX_TITLE) break;
    end += segment.length;
  }
  return `${words.slice(0, end).trimEnd()}…`;
}

/** A link from a note's folder as a path from the top; null where it climbs out, ends at a folder, or has no place in a record's name. */
export function resolvePath(folder: string[], link: string): string | null {
  if (link.endsWith('/') || /[\\\u0000-\u001f]/.test(link)) return null;
  const parts = [...folder];
  for (const part of link.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0) parts.pop();
    else return null;
  }
  const path = parts.join('/');
  return parts.length > 0 && new TextEncoder().encode(path).length <= 1024 ? path : null;
}

/** Files that a note links to, as paths below the kind's folder; other notes are left out. */
export function attachmentPaths(links: readonly string[], name: string): string[] {
  const folder = name.split('/').slice(0, -1);
  const paths = links.map((l) => resolvePath(folder, l)).filter((p): p is string => p !== null && !/\.md$/i.test(p));
  return [...new Set(paths)];
}
