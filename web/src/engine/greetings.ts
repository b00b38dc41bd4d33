/**
 * Greeting packs: files of the web app, the same for everyone (spec/greeting-pack.md §4). The whole pack of a language is taken and kept; which of its entries somebody reads or sends is known
 * here alone. While the one that is kept is the one that this version of the app was built with, nobody is asked again: the server does not learn when the page is used.
 */
import { type Greeting, type GreetingPack, LARGEST_PACK, newer, readPack } from '../formats/greeting-pack';
import { hex } from '../protocol/bytes';
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

/** @param language One of the app's packs. @param current SHA-256 of the pack that this version of the app came with, in hex. */
export async function greetings(at: { store: Store; gate: Gate }, language: string, current: string): Promise<Greetings> {
  const all = (await at.store.get('greetings')) ?? {};
  const bytes = Object.hasOwn(all, language) ? all[language]! : null;
  const read = bytes && readPack(bytes);
  const kept: GreetingPack | null = read && !isRefused(read) ? read : null;
  if (bytes && kept && hex(await sha256Large(bytes)) === current) return { entries: kept.entries, refused: '' };
  const settle = (refused: string): Greetings => {
    if (!kept) throw new DeviceProblem('greetings-refused', refused);
    return { entries: kept.entries, refused };
  };
  try {
    const answer = await at.gate.send({ method: 'GET', target: `/greetings/${COLLECTION}-${language}.pack`, headers: {}, purpose: 'shelf' });
    const file = await readAll(answer, LARGEST_PACK);
    if (answer.status !== 200) return settle('not-found');
    const pack = newer(file, language, kept);
    if (isRefused(pack)) return settle(pack.error);
    await at.store.set('greetings', { ...all, [language]: file });
    return { entries: pack.entries, refused: '' };
  } catch (e) {
    if (kept) return { entries: kept.entries, refused: '' };
    throw e;
  }
}
