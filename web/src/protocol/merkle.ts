/** The tree of RFC 6962, its proofs, and what is kept of a log to extend it; spec/merkle.md. */
import { type Bytes, concat, equal, u64be } from './bytes';
import { sha256 } from './hash';
import { Refusal } from './refusal';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const EMPTY_ROOT: Bytes = sha256(new Uint8Array(0));
export const MAX_SIZE = 2n ** 63n - 1n;

export const leafHash = (entry: Uint8Array): Bytes => sha256(LEAF, entry);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Bytes => sha256(NODE, left, right);

export function rootOf(entries: Uint8Array[]): Bytes {
  const range = new CompactRange();
  for (const entry of entries) range.append(leafHash(entry));
  return range.root();
}

/** RFC 9162 §2.1.3.2. */
export function isIncluded(leaf: Bytes, index: bigint, size: bigint, proof: Bytes[], root: Bytes): boolean {
  if (index < 0n || index >= size) return false;
  let fn = index;
  let sn = size - 1n;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      r = nodeHash(p, r);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else r = nodeHash(r, p);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(r, root);
}

/** RFC 9162 §2.1.3.1: what {@link isIncluded} takes. @param hashes Of the leaves, in order. */
export function inclusionOf(index: number, hashes: readonly Bytes[]): Bytes[] {
  if (hashes.length < 2) return [];
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  const [left, right] = [hashes.slice(0, k), hashes.slice(k)];
  return index < k ? [...inclusionOf(index, left), rootOfHashes(right)] : [...inclusionOf(index - k, right), rootOfHashes(left)];
}

function rootOfHashes(hashes: readonly Bytes[]): Bytes {
  const range = new CompactRange();
  for (const hash of hashes) range.append(hash);
  return range.root();
}

/** RFC 9162 §2.1.4.2, and what it leaves out (rule 11). */
export function isConsistent(oldSize: bigint, oldRoot: Bytes, newSize: bigint, newRoot: Bytes, proof: Bytes[]): boolean {
  if (oldSize < 0n || newSize < oldSize) return false;
  if (oldSize === 0n && !equal(oldRoot, EMPTY_ROOT)) return false;
  if (newSize === 0n && !equal(newRoot, EMPTY_ROOT)) return false;
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot);
  if (oldSize === 0n) return proof.length === 0;
  if (proof.length === 0) return false;
  const path = (oldSize & (oldSize - 1n)) === 0n ? [oldRoot, ...proof] : proof;
  let fn = oldSize - 1n;
  let sn = newSize - 1n;
  while (fn & 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let fr = path[0]!;
  let sr = path[0]!;
  for (const c of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else sr = nodeHash(sr, c);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(fr, oldRoot) && equal(sr, newRoot);
}

function bitCount(n: bigint): number {
  let count = 0;
  for (let m = n; m > 0n; m >>= 1n) if (m & 1n) count++;
  return count;
}

/** Size and the roots of the complete subtrees, the largest first: all that appending needs. */
export class CompactRange {
  constructor(
    private n = 0n,
    private readonly hashes: Bytes[] = [],
  ) {
    if (n < 0n || n > MAX_SIZE || hashes.length !== bitCount(n)) throw new RangeError('not a compact range');
  }

  get size(): bigint {
    return this.n;
  }

  get frontier(): readonly Bytes[] {
    return this.hashes;
  }

  /** @param leaf Its hash. */
  append(leaf: Bytes): void {
    let node = leaf;
    for (let s = this.n; s & 1n; s >>= 1n) node = nodeHash(this.hashes.pop()!, node);
    this.hashes.push(node);
    this.n++;
  }

  root(): Bytes {
    if (this.hashes.length === 0) return EMPTY_ROOT;
    let root = this.hashes[this.hashes.length - 1]!;
    for (let i = this.hashes.length - 2; i >= 0; i--) root = nodeHash(this.hashes[i]!, root);
    return root;
  }

  copy(): CompactRange {
    return new CompactRange(this.n, [...this.hashes]);
  }

  toBytes(): Bytes {
    return concat(u64be(this.n), ...this.hashes);
  }

  static parse(bytes: Bytes): CompactRange | Refusal {
    if (bytes.length < 8) return new Refusal('malformed-range');
    const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    if (size > MAX_SIZE) return new Refusal('malformed-range');
    return CompactRange.of(
      size,
      Array.from({ length: Math.ceil((bytes.length - 8) / 32) }, (_, i) => bytes.slice(8 + 32 * i, 40 + 32 * i)),
    );
  }

  static of(size: bigint, frontier: Bytes[]): CompactRange | Refusal {
    if (size < 0n || size > MAX_SIZE || frontier.length !== bitCount(size) || frontier.some((h) => h.length !== 32))
      return new Refusal('malformed-range');
    return new CompactRange(size, frontier);
  }
}
