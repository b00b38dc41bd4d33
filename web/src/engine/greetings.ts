/**
 * Greeting packs: files of the web app, the same for everyone (spec/greeting-pack.md §4). The packs of all languages are taken, whole and in one order, and kept: which language somebody reads,
 * and which of its entries, is known here alone. While those that are kept are the ones that this version of the app was built with, nobody is asked: the server does not learn when the page is used.
 */
import { type Greeting, type GreetingPack, isLanguage, LARGEST_PACK, newer, readPack } from '../formats/greeting-pack';
import { type Bytes, hex } from '../protocol/bytes';
import { sha256Large } from '../protocol/hash';
import { isRefused } from '../protocol/refusal';
import { type Gate, readAll } from './gate';
import { DeviceProblem } from './problems';
import type { Store } from './store';

const COLLECTION = 'candor';

export interface Greetings {
  readonly entries: readonly Greeting[];
  /** Why the pack that the server has is not used, where an older one is in its place; empty: it is. */
  readonly refused: string;
}

interface Place {
  readonly store: Store;
  readonly gate: Gate;
}

/** Where all packs of a place are being taken, what they wait for: asked twice, they are taken once. */
const running = new WeakMap<Store, Promise<Map<string, string>>>();

/** @param current The languages that there are, each with the SHA-256 in hex of the pack that this version of the app came with. */
export async function greetings(at: Place, language: string, current: Readonly<Record<string, string>>): Promise<Greetings> {
  if (!isLanguage(language) || !Object.hasOwn(current, language)) throw new DeviceProblem('no-such-record');
  const taking = running.get(at.store) ?? takeAll(at, current);
  running.set(at.store, taking);
  const refused = await taking.finally(() => running.delete(at.store));
  const kept = read((await at.store.get('greetings'))?.[language]);
  const why = refused.get(language) ?? '';
  if (!kept) throw why === UNREACHABLE ? new DeviceProblem('greetings-not-here') : new DeviceProblem('greetings-refused', why);
  return { entries: kept.entries, refused: why === UNREACHABLE ? '' : why };
}

const UNREACHABLE = 'unreachable';

function read(bytes: Bytes | undefined): GreetingPack | null {
  const pack = bytes && readPack(bytes);
  return pack && !isRefused(pack) ? pack : null;
}

/** Takes the packs that are not the current ones. Answers with what became of those that were not taken. */
async function takeAll(at: Place, current: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const kept = { ...(await at.store.get('greetings')) };
  const refused = new Map<string, string>();
  for (const language of Object.keys(current).filter(isLanguage).sort()) {
    const bytes = Object.hasOwn(kept, language) ? kept[language] : undefined;
    if (bytes && hex(await sha256Large(bytes)) === current[language]) continue;
    const taken = await take(at.gate, language, read(bytes));
    if (typeof taken === 'string') refused.set(language, taken);
    else kept[language] = taken;
    // Without a network the others are not there either.
    if (taken === UNREACHABLE) for (const other of Object.keys(current)) if (!refused.has(other)) refused.set(other, UNREACHABLE);
    if (taken === UNREACHABLE) break;
  }
  await at.store.set('greetings', kept);
  return refused;
}

/** The file of a pack; else why there is none. */
async function take(gate: Gate, language: string, have: GreetingPack | null): Promise<Bytes | string> {
  try {
    const answer = await gate.send({ method: 'GET', target: `/greetings/${COLLECTION}-${language}.pack`, headers: {}, purpose: 'shelf' });
    const file = await readAll(answer, LARGEST_PACK);
    if (answer.status !== 200) return 'not-found';
    const pack = newer(file, language, have);
    return isRefused(pack) ? pack.error : file;
  } catch {
    return UNREACHABLE;
  }
}
