/** The worker, what it tells, and where the person is. One of each for the page. */
import { effect, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { CallFailed, connect, type EngineClient, type Notice, type Port } from '../engine/rpc';
import workerUrl from '../engine/worker?worker&url';
import { isKey, t } from './i18n';

export type Phase = 'starting' | 'fresh' | 'ready' | 'busy' | 'expired' | 'insecure' | 'broken';

export const phase = signal<Phase>('starting');
export const notice = signal<Notice>({
  version: 0,
  sync: 'idle',
  progress: null,
  alarm: null,
  verifiedAt: null,
  problem: '',
  waiting: 0,
  uploads: null,
});
export const route = signal<string[]>(read());
export const toast = signal('');

/** Set once by `start`. */
export let engine: EngineClient;

function read(): string[] {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((p) => p !== '')
    .map(decodeURIComponent);
}

export const href = (...path: string[]): string => `#/${path.map(encodeURIComponent).join('/')}`;
export const go = (...path: string[]): void => {
  location.hash = href(...path);
};

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
/** The scripts that the page starts are its own: the policy `candor` lets no other address through. */
const policy = types?.createPolicy('candor', {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError('not ours');
    return url;
  },
});
export const ownScript = (url: string): string => policy?.createScriptURL(url) ?? url;

/** @param onKept Called when this browser turns out to keep something: then more than getting in will be shown. */
export async function start(onKept: () => void): Promise<void> {
  addEventListener('hashchange', () => {
    route.value = read();
    // What was said belongs to the view that was left, unless it was said as it was left.
    if (Date.now() - saidAt > JUST_MS) toast.value = '';
  });
  if (!isSecureContext || !crypto.subtle) {
    phase.value = 'insecure';
    return;
  }
  const worker = new Worker(ownScript(workerUrl), { type: 'module', name: 'candor' });
  worker.addEventListener('error', () => {
    phase.value = 'broken';
  });
  engine = connect(worker as Port, (n) => {
    notice.value = n;
    if (n.problem === 'expired') phase.value = 'expired';
    // Found after the start: the page is shown before everything that is kept is read.
    if (n.problem === 'store-damaged') phase.value = 'broken';
  });
  try {
    const answer = engine.start();
    answer.catch(() => {});
    // What is searched is read at once where the page is opened for it.
    if (route.value[0] === 'search') engine.search('').catch(() => {});
    // Where this browser keeps nothing it is no device: nobody waits for the worker to say so.
    const kept = await indexedDB.databases?.().catch(() => null);
    if (kept?.length === 0) phase.value = 'fresh';
    else onKept();
    phase.value = await answer;
  } catch (e) {
    phase.value = 'broken';
    say(problemText(e));
  }
}

const SAID_MS = 6000;
const JUST_MS = 800;
let saidAt = 0;
let clearing: ReturnType<typeof setTimeout> | undefined;

/** A short sentence at the foot of the page; also read out. */
export function say(text: string): void {
  toast.value = text;
  saidAt = Date.now();
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    toast.value = '';
  }, SAID_MS);
}

/** A sentence for what went wrong: what happened and what to do. */
export function problemText(e: unknown): string {
  if (!(e instanceof CallFailed)) return e instanceof Error ? e.message : String(e);
  const { code, detail } = e.failure;
  const key = `problem.${code}`;
  const [word = ''] = detail.split('\n');
  return isKey(key) ? t(key, { detail: word, place: Number(word) + 1 }) : detail || t('problem.other', { code });
}

/** Runs a call and says what went wrong, if anything did. */
export async function tried<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (e) {
    say(problemText(e));
    return undefined;
  }
}

/** What the engine answers, asked again whenever something changed. Undefined until it came first. */
export function useEngine<T>(ask: () => Promise<T>, keys: unknown[] = []): T | undefined {
  const [value, set] = useState<T | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    let asked = -1;
    let asking = false;
    const again = async () => {
      if (asking || gone) return;
      asking = true;
      while (!gone && asked !== notice.value.version) {
        asked = notice.value.version;
        try {
          const next = await ask();
          if (!gone) set(() => next);
        } catch (e) {
          if (!gone) say(problemText(e));
        }
      }
      asking = false;
    };
    const stop = effect(() => {
      if (notice.value.version >= 0) void again();
    });
    return () => {
      gone = true;
      stop();
    };
  }, keys);
  return value;
}
