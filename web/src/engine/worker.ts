/// <reference lib="webworker" />
import { Engine } from './engine';
import { Alarm, DeviceProblem, ServerRefused } from './problems';
import type { CallMessage, Failure, WorkerMessage } from './rpc';

declare const self: DedicatedWorkerGlobalScope;

const post = (message: WorkerMessage, transfer: Transferable[] = []) => self.postMessage(message, transfer);
const engine = new Engine(self.location.origin, (notice) => post({ notice }), { early: true });

function failureOf(e: unknown): Failure {
  if (e instanceof ServerRefused || e instanceof DeviceProblem) return { name: e.name, code: e.code, detail: e.detail };
  if (e instanceof Alarm) return { name: e.name, code: `alarm-${e.kind}`, detail: e.detail };
  // Our own mistake: said in the console for those who look, and to the person as what it is.
  console.error(e);
  return { name: 'Error', code: 'internal', detail: e instanceof Error ? e.message : String(e) };
}

/** The page may ask before the store is open: then it waits. */
let starting: Promise<unknown> = Promise.resolve();

self.addEventListener('message', async ({ data }: MessageEvent<CallMessage>) => {
  const { id, method, args } = data;
  const called = Engine.callable(method) ? (engine[method as keyof Engine] as (...a: unknown[]) => unknown) : undefined;
  try {
    if (!called) throw new DeviceProblem('internal', `no method ${method}`);
    if (method !== 'start') {
      await starting;
      await engine.before(method, args);
    }
    const answer = called.apply(engine, args);
    if (method === 'start') starting = Promise.resolve(answer).catch(() => {});
    const value = await answer;
    // Bytes of a file that nobody else holds are handed over, not copied.
    post({ id, value }, method === 'fileAt' && value instanceof Uint8Array ? [value.buffer] : []);
  } catch (e) {
    post({ id, failure: failureOf(e) });
  }
});

self.addEventListener('online', () => engine.wake());
