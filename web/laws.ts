/** Takes out of `laws/` what the app decides by: spec/law.md §1. Part of the build, not of what is shipped. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { LawTable } from './src/protocol/law';

interface LawFile {
  readonly code: string;
  readonly statute: string;
  readonly rules: { readonly bytes: string; readonly own_consent_age?: number; readonly members?: Record<string, number> };
}

/** The laws of a folder by their codes; members of one that has an age of their own are rows of their own. */
export function lawsOf(folder: string): LawTable {
  const table: Record<string, LawTable[string]> = {};
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.yaml')) continue;
    const { code, statute, rules } = parse(readFileSync(join(folder, name), 'utf8')) as LawFile;
    const inside = rules.bytes === 'inside';
    if (!inside && rules.bytes !== 'free') throw new Error(`${name}: bytes is inside or free`);
    table[code] = { statute, inside, age: rules.own_consent_age ?? null };
    for (const [member, age] of Object.entries(rules.members ?? {})) table[member] = { statute, inside, age };
  }
  return table;
}
