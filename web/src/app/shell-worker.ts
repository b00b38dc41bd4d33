/** The page's side of the service worker (`sw.ts`): registers it, gives films their bytes, says when a new version waits, takes what was shared. */
import { signal } from '@preact/signals';
import { engine, ownScript } from './session';

/** A new version is here, and waits for the person. */
export const newVersion = signal<ServiceWorker | null>(null);

const SHARED_MS = 2000;
let registration: ServiceWorkerRegistration | undefined;

export async function startShellWorker(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker || !import.meta.env.PROD) return;
  serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<{ stream?: Part }>) => {
    const part = data.stream;
    if (!part) return;
    engine.fileAt(4, part.record, part.index, part.at, part.length).then(
      (bytes) => ports[0]?.postMessage(bytes, [bytes.buffer]),
      () => ports[0]?.postMessage(null),
    );
  });
  serviceWorker.startMessages();
  try {
    registration = await serviceWorker.register(ownScript('/sw.js'), { updateViaCache: 'none' });
  } catch {
    // A private window, or a server that does not have it: everything else works.
    return;
  }
  const look = (worker: ServiceWorker | null) => {
    if (!worker) return;
    const told = () => {
      // The first one of all is no news.
      if (worker.state === 'installed' && serviceWorker.controller) newVersion.value = worker;
    };
    worker.addEventListener('statechange', told);
    told();
  };
  look(registration.waiting);
  registration.addEventListener('updatefound', () => look(registration!.installing));
}

interface Part {
  readonly record: string;
  readonly index: number;
  readonly at: number;
  readonly length: number;
}

/** The person takes the new version: the page is loaded anew with it. */
export function takeNewVersion(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  newVersion.value?.postMessage('take');
}

/** The address under which a player finds a film, or part of a file that is one; null where no service worker stands by. */
export function streamUrl(record: string, index: number, start: number, length: number, type: string): string | null {
  if (!navigator.serviceWorker?.controller) return null;
  return `/stream/${record}/${index}/${start}/${length}/${encodeURIComponent(type)}`;
}

/** What another app shared; asked once. */
export function takeShared(): Promise<{ files: File[]; text: string } | null> {
  const controller = navigator.serviceWorker?.controller;
  if (!controller) return Promise.resolve(null);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data as { files: File[]; text: string } | null);
    setTimeout(() => resolve(null), SHARED_MS);
    controller.postMessage('shared', [port2]);
  });
}
