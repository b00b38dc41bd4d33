/**
 * A restore that is only tried: are the words on the paper those of this account, and do they open everything again? The log comes afresh and is verified for the words alone; the keys
 * are opened by the words alone; of each kind a sample of records, and of files, is fetched and opened with those keys. Nothing is changed or kept.
 */
import { equal } from '../protocol/bytes';
import { MAX_INLINE } from '../protocol/commit';
import { sha256, sha256Large } from '../protocol/hash';
import { type Id, KINDS, type Kind } from '../protocol/ids';
import { HolderSecret } from '../protocol/keys';
import { readWords } from '../protocol/phrase';
import { isRefused } from '../protocol/refusal';
import { Account } from './account';
import { readFile } from './files';
import type { Gate } from './gate';
import { KeyRing, type VaultKeys } from './key-ring';
import { type Entry, shownHead } from './library';
import { openRecord } from './payloads';
import { DeviceProblem, ServerRefused } from './problems';
import { ServerApi } from './server-api';
import { newStoreKey, Store } from './store';
import { newVerifier } from './verify';

/** Of each kind: enough that a loss of some hundredths is seen more often than not, and few enough for a person to wait. */
const SAMPLE = 60;
const LARGEST_FILE = 32 << 20;

export interface DrillRow {
  readonly kind: Kind;
  readonly all: number;
  readonly tried: number;
  readonly opened: number;
}

export interface Drill {
  readonly commits: number;
  readonly kinds: DrillRow[];
}

async function phraseOf(words: string): Promise<HolderSecret> {
  const entropy = readWords(words);
  if (isRefused(entropy)) throw new DeviceProblem(entropy.error, entropy.at === undefined ? '' : String(entropy.at));
  return HolderSecret.fromPhrase(entropy);
}

/** The words of this account, and no others. */
export async function ownWords(account: Account, words: string): Promise<HolderSecret> {
  const phrase = await phraseOf(words);
  if (account.state.current.holder(phrase.id)?.removed !== null) throw new DeviceProblem('other-words');
  return phrase;
}

export async function drill(
  account: Account,
  api: ServerApi,
  gate: Gate,
  vkey: string,
  words: string,
  progress: (done: number, total: number) => void,
  database = `candor-drill-${Math.random().toString(36).slice(2)}`,
): Promise<Drill> {
  const phrase = await ownWords(account, words);
  const theirs = new ServerApi(gate, phrase);
  // What a person with nothing but the paper would be answered.
  if ((await theirs.findAccount()).account !== account.id) throw new DeviceProblem('other-words');
  const store = await Store.open(database);
  try {
    const fresh = await Account.open(account.id, {
      store,
      api: theirs,
      me: phrase,
      storeKey: await newStoreKey(),
      serverKey: newVerifier(vkey),
      expected: null,
    });
    await fresh.pull();
    const ring = new KeyRing(phrase, (index) => store.leaf(index));
    await ring.newestRoot(fresh.state.current);
    const kinds = KINDS.filter((k) => account.isOn(k) && account.state.current.vault(k).keys.length > 0);
    const samples = new Map(kinds.map((k) => [k, sampleOf(account.shown(k))]));
    const total = [...samples.values()].reduce((sum, s) => sum + s.length, 0);
    let done = 0;
    const rows: DrillRow[] = [];
    for (const [kind, sample] of samples) {
      const opens = await ring.take(kind, fresh.state.current, await api.vaults(account.id, kind));
      const keys = ring.vault(kind, fresh.state.current);
      let opened = 0;
      for (const entry of sample) {
        if (opens && keys && (await isWhole(account, api, kind, keys, entry))) opened++;
        progress(++done, total);
      }
      rows.push({ kind, all: account.shown(kind).length, tried: sample.length, opened });
    }
    return { commits: fresh.size, kinds: rows };
  } finally {
    await store.destroy();
  }
}

/** All where there are few; else taken over the whole, another choice each time. */
function sampleOf(entries: Entry[]): Entry[] {
  if (entries.length <= SAMPLE) return entries;
  const step = entries.length / SAMPLE;
  return Array.from({ length: SAMPLE }, (_, i) => entries[Math.min(entries.length - 1, Math.floor((i + Math.random()) * step))]!);
}

/** The record as the server gives it now, not as this browser keeps it, and its first file. */
async function isWhole(account: Account, api: ServerApi, kind: Kind, keys: VaultKeys, entry: Entry): Promise<boolean> {
  const { place } = shownHead(entry);
  const put = (await account.commitAt(place[0]))?.operations[place[1]];
  if (put?.op !== 'put') return false;
  try {
    const sealed = put.length <= MAX_INLINE ? (await api.payloads(account.id, [place]))[0] : await api.blob(account.id, kind, put.hash);
    if (!sealed || !equal(put.length <= MAX_INLINE ? sha256(sealed) : await sha256Large(sealed), put.hash)) return false;
    const content = await openRecord(account.id, kind, keys, put, sealed);
    if (!content) return false;
    const [file] = content.files;
    if (file && file.size <= LARGEST_FILE)
      await readFile((k, name, range) => api.blob(account.id, k, name, range), ownerOf(account.id, kind, entry.record), keys, file, LARGEST_FILE);
    return true;
  } catch (e) {
    // A file that is gone or damaged is what a drill is for; a server that does not answer is not.
    if (e instanceof ServerRefused && e.code === 'unreachable') throw e;
    return false;
  }
}

const ownerOf = (account: Id, kind: Kind, record: Id) => ({ account, kind, record });
