/** Three-way comparison of lists of pieces, lines or words: spec/records.md §5.2. Pure; the same lists give the same stretches on every device. */

/** Above this many pieces between the first and the last difference no script is sought: everything between counts as replaced. */
const MAX_PIECES = 20_000;

type By = 'nobody' | 'older' | 'newer' | 'both-alike' | 'both-differently';

/** One stretch: half-open ranges of the ancestor and both sides. */
export interface Stretch {
  readonly by: By;
  readonly basis: string[];
  readonly older: string[];
  readonly newer: string[];
}

/** Basis [from, to) became side [start, end). */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/**
 * @param touching Whether two changes with nothing between them are one: true for words, where they would read as one; false for lines, where each can stand. Insertions by both at one
 * place are always one.
 */
export function compareThree(basis: string[], older: string[], newer: string[], touching: boolean): Stretch[] {
  const scripts = [new Script(diff(basis, older)), new Script(diff(basis, newer))] as const;
  const [left, right] = scripts;
  const out: Stretch[] = [];
  let position = 0;
  const add = (by: By, from: number, to: number, o: [number, number], n: [number, number]) =>
    out.push({ by, basis: basis.slice(from, to), older: older.slice(...o), newer: newer.slice(...n) });
  while (left.head || right.head) {
    const [o, n] = [left.offset, right.offset];
    const first = isBefore(left.head, right.head) ? left.take() : right.take();
    const start = first.from;
    let end = first.to;
    for (;;) {
      const met = scripts.find((s) => s.head && meets(s.head, start, end, touching));
      if (!met) break;
      end = Math.max(end, met.take().to);
    }
    if (start > position) add('nobody', position, start, [position + o, start + o], [position + n, start + n]);
    const olderRange: [number, number] = [start + o, end + left.offset];
    const newerRange: [number, number] = [start + n, end + right.offset];
    const alike = older.slice(...olderRange).join('\u0000') === newer.slice(...newerRange).join('\u0000');
    const isSameLength = olderRange[1] - olderRange[0] === newerRange[1] - newerRange[0];
    add(
      !right.taken ? 'older' : !left.taken ? 'newer' : alike && isSameLength ? 'both-alike' : 'both-differently',
      start,
      end,
      olderRange,
      newerRange,
    );
    left.taken = false;
    right.taken = false;
    position = end;
  }
  if (position < basis.length)
    add(
      'nobody',
      position,
      basis.length,
      [position + left.offset, basis.length + left.offset],
      [position + right.offset, basis.length + right.offset],
    );
  return out;
}

/** What two versions have in common, in order: the ancestor to assume where none is known. */
export function common(older: string[], newer: string[]): string[] {
  let out: string[] = [];
  let position = 0;
  for (const edit of diff(older, newer)) {
    out = out.concat(older.slice(position, edit.from));
    position = edit.to;
  }
  return out.concat(older.slice(position));
}

class Script {
  private next = 0;
  /** What to add to a position in the basis, after the last edit taken, for the position on this side. */
  offset = 0;
  taken = false;

  constructor(private readonly edits: Edit[]) {}

  get head(): Edit | undefined {
    return this.edits[this.next];
  }
  take(): Edit {
    const edit = this.edits[this.next++]!;
    this.offset = edit.end - edit.to;
    this.taken = true;
    return edit;
  }
}

const isBefore = (left: Edit | undefined, right: Edit | undefined): boolean =>
  !right || (left !== undefined && (left.from - right.from || left.to - right.to) <= 0);

const meets = (edit: Edit, start: number, end: number, touching: boolean): boolean =>
  touching ? edit.from <= end : (edit.from < end && edit.to > start) || (edit.from === start && edit.to === end);

/** The changes that make one list of the other, in order: Myers' linear-space search with the choices of spec/records.md §5.2. */
export function diff(from: string[], to: string[]): Edit[] {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  let tail = 0;
  while (head < shorter && from[head] === to[head]) head++;
  while (tail < shorter - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  if (head + tail === from.length && head + tail === to.length) return [];
  if (from.length + to.length - 2 * (head + tail) > MAX_PIECES || head + tail === shorter)
    return [{ from: head, to: from.length - tail, start: head, end: to.length - tail }];
  const [gone, come] = new Search(from.slice(head, from.length - tail), to.slice(head, to.length - tail)).run();
  const out: Edit[] = [];
  for (let a = 0, b = 0; a < gone.length || b < come.length; ) {
    while (a < gone.length && b < come.length && !gone[a] && !come[b]) {
      a++;
      b++;
    }
    const [a0, b0] = [a, b];
    while (a < gone.length && gone[a]) a++;
    while (b < come.length && come[b]) b++;
    if (a > a0 || b > b0) out.push({ from: head + a0, to: head + a, start: head + b0, end: head + b });
    else break;
  }
  return out;
}

interface Middle {
  x: number;
  y: number;
  endX: number;
  endY: number;
  readonly last: 'right' | 'down' | 'left' | 'up';
}

class Search {
  private readonly a: Int32Array;
  private readonly b: Int32Array;
  private readonly gone: boolean[];
  private readonly come: boolean[];

  constructor(from: string[], to: string[]) {
    const numbers = new Map<string, number>();
    const number = (piece: string): number => {
      const known = numbers.get(piece) ?? numbers.size;
      numbers.set(piece, known);
      return known;
    };
    this.a = Int32Array.from(from, number);
    this.b = Int32Array.from(to, number);
    this.gone = from.map(() => false);
    this.come = to.map(() => false);
  }

  run(): [boolean[], boolean[]] {
    // The depth of the halving is that of the edits; a list of what is left keeps the stack flat.
    const left: [number, number, number, number][] = [[0, this.a.length, 0, this.b.length]];
    for (let part = left.pop(); part; part = left.pop()) left.push(...this.halve(...part));
    return [this.gone, this.come];
  }

  private halve(a0: number, a1: number, b0: number, b1: number): [number, number, number, number][] {
    while (a0 < a1 && b0 < b1 && this.a[a0] === this.b[b0]) {
      a0++;
      b0++;
    }
    while (a0 < a1 && b0 < b1 && this.a[a1 - 1] === this.b[b1 - 1]) {
      a1--;
      b1--;
    }
    if (a0 === a1 || b0 === b1) {
      this.gone.fill(true, a0, a1);
      this.come.fill(true, b0, b1);
      return [];
    }
    const m = this.middle(a0, a1, b0, b1);
    if (m.last === 'right' && m.x - 1 > a0) this.gone[--m.x] = true;
    else if (m.last === 'down' && m.y - 1 > b0) this.come[--m.y] = true;
    else if (m.last === 'left' && m.endX < a1) this.gone[m.endX++] = true;
    else if (m.last === 'up' && m.endY < b1) this.come[m.endY++] = true;
    return [
      [a0, m.x, b0, m.y],
      [m.endX, a1, m.endY, b1],
    ];
  }

  /** The snake in the middle of a shortest script: forward and backward searches that take turns until they meet. */
  private middle(a0: number, a1: number, b0: number, b1: number): Middle {
    const [n, m] = [a1 - a0, b1 - b0];
    const half = (n + m + 1) >> 1;
    const delta = n - m;
    const isEven = delta % 2 === 0;
    const forward = new Int32Array(2 * half + 3);
    const back = new Int32Array(2 * half + 3);
    const at = (k: number) => k + half + 1;
    forward[at(1)] = 0;
    back[at(1)] = n + 1;
    for (let d = 0; d <= half; d++) {
      for (let k = -d; k <= d; k += 2) {
        const isDown = k === -d || (k !== d && forward[at(k - 1)]! < forward[at(k + 1)]!);
        let x = isDown ? forward[at(k + 1)]! : forward[at(k - 1)]! + 1;
        let y = x - k;
        const [startX, startY] = [x, y];
        while (x < n && y < m && this.a[a0 + x] === this.b[b0 + y]) {
          x++;
          y++;
        }
        forward[at(k)] = x;
        if (isEven || k - delta < 1 - d || k - delta > d - 1) continue;
        const met = back[at(k - delta)]!;
        if (met <= x && met - k <= y) return { x: a0 + startX, y: b0 + startY, endX: a0 + x, endY: b0 + y, last: isDown ? 'down' : 'right' };
      }
      for (let k = -d; k <= d; k += 2) {
        const isLeft = k === -d || (k !== d && back[at(k + 1)]! <= back[at(k - 1)]!);
        let x = isLeft ? back[at(k + 1)]! - 1 : back[at(k - 1)]!;
        let y = x - (k + delta);
        const [endX, endY] = [x, y];
        while (x > 0 && y > 0 && this.a[a0 + x - 1] === this.b[b0 + y - 1]) {
          x--;
          y--;
        }
        back[at(k)] = x;
        if (!isEven || k + delta < -d || k + delta > d) continue;
        const met = forward[at(k + delta)]!;
        if (met >= x && met - (k + delta) >= y) return { x: a0 + x, y: b0 + y, endX: a0 + endX, endY: b0 + endY, last: isLeft ? 'left' : 'up' };
      }
    }
    throw new Error('two searches that cover everything must meet');
  }
}
