/** Reads the files of spec/vectors (spec/README.md, "A vector file"). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Bytes, concat, unhex } from '../src/protocol/bytes';
import { isRefused } from '../src/protocol/refusal';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Case = { readonly [key: string]: Json } & { readonly name: string; readonly valid: boolean };

const folder = resolve(import.meta.dirname, '../../spec/vectors');

export const readVectors = (file: string): Case[] => JSON.parse(readFileSync(resolve(folder, file), 'utf8')).cases;
export const readJson = (file: string): Json => JSON.parse(readFileSync(resolve(folder, file), 'utf8'));

/** Hex, a repeated run, or an array of those, joined. */
export function bytesOf(value: Json | undefined): Bytes {
  if (typeof value === 'string') return unhex(value);
  if (Array.isArray(value)) return concat(...value.map(bytesOf));
  if (value && typeof value === 'object' && typeof value.repeat === 'string' && typeof value.count === 'number') {
    const one = unhex(value.repeat);
    const all = new Uint8Array(one.length * value.count);
    for (let i = 0; i < value.count; i++) all.set(one, i * one.length);
    return all;
  }
  throw new TypeError(`not bytes: ${JSON.stringify(value)}`);
}

export const text = (value: Json | undefined): string => {
  if (typeof value !== 'string') throw new TypeError('not text');
  return value;
};
export const number = (value: Json | undefined): number => {
  if (typeof value !== 'number') throw new TypeError('not a number');
  return value;
};
export const list = (value: Json | undefined): Json[] => {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value;
};
export const record = (value: Json | undefined): { [key: string]: Json } => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
  return value;
};

/** The value, or a failed test that says with which error it was refused. */
export function good<T>(value: T): Exclude<T, { error: string }> {
  if (isRefused(value)) throw new Error(`refused: ${value.error}`);
  return value as Exclude<T, { error: string }>;
}

export const errorOf = (value: unknown): string | null => (isRefused(value) ? value.error : null);

/** The `edits` of spec/sealing.md, Vectors, in their order. */
export function edit(bytes: Bytes, edits: Json | undefined): Bytes {
  let b = bytes;
  for (const e of list(edits ?? []).map(record)) {
    if ('cut' in e) b = b.slice(0, number(e.cut));
    else if ('append' in e) b = concat(b, bytesOf(e.append));
    else if ('flip' in e) {
      b = b.slice();
      b[number(e.flip)]! ^= e.mask === undefined ? 1 : Number.parseInt(text(e.mask), 16);
    } else if ('remove' in e) b = concat(b.slice(0, number(e.remove)), b.slice(number(e.remove) + number(e.length)));
    else if ('swap' in e) {
      const [n, m] = list(e.swap).map(number);
      const length = number(e.length);
      const first = b.slice(n, n! + length);
      const second = b.slice(m, m! + length);
      b = b.slice();
      b.set(second, n);
      b.set(first, m);
    } else if ('copy' in e) {
      const run = b.slice(number(e.copy), number(e.copy) + number(e.length));
      b = b.slice();
      b.set(run, number(e.to));
    } else if ('insert_copy' in e) {
      const at = number(e.insert_copy);
      b = concat(b.slice(0, at), b.slice(at, at + number(e.length)), b.slice(at));
    } else if ('overwrite' in e) {
      b = b.slice();
      b.set(bytesOf(e.bytes), number(e.overwrite));
    } else throw new TypeError(`unknown edit ${JSON.stringify(e)}`);
  }
  return b;
}
