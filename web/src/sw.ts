/// <reference lib="webworker" />
/**
 * The service worker: the app's own files without a network, films in parts, and what other apps share. It never asks the server for anything of an account and calls no `fetch`: whatever
 * is not named below passes it by. Its one way out is `addAll` of the app's own files when a version is installed, as the browser itself would load them.
 *
 * * `/`, `/assets/…` and the few public files: from the version that is installed. A newer one waits until the person takes it (`take` below).
 * * `/stream/<record>/<index>/<start>/<length>/<type>`: bytes of a file. The page that asks has them from the engine, which reads sealed pieces at a position.
 * * `POST /share`: files from the system's share sheet. They stay in memory until the page takes them, and are stored nowhere.
 */
declare const self: ServiceWorkerGlobalScope;

export {};

/** The build puts the bundle's files here, as JSON, and a hash of what is in those whose names have none. */
const FILES: string[] = JSON.parse('__FILES__');
const CACHE = `candor-__VERSION__-${hash(FILES.join())}`;
/** One answer's bytes: a player asks again for the next. */
const PART = 1 << 20;
const ANSWER_MS = 30_000;

let shared: { files: File[]; text: string } | null = null;

function hash(text: string): string {
  let h = 5381;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 33) ^ text.charCodeAt(i)) >>> 0;
  return h.toString(16);
}

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))));
  event.waitUntil(Promise.all([old, self.clients.claim()]));
});

self.addEventListener('message', (event) => {
  if (event.data === 'take') void self.skipWaiting();
  else if (event.data === 'shared') {
    event.ports[0]?.postMessage(shared);
    shared = null;
  }
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname === '/share' && event.request.method === 'POST') event.respondWith(share(event.request));
  else if (url.pathname.startsWith('/stream/')) event.respondWith(stream(event, url));
  else if (event.request.method === 'GET' && (FILES.includes(url.pathname) || url.pathname === '/')) {
    event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(url.pathname)) ?? Response.error()));
  }
});

async function share(request: Request): Promise<Response> {
  const form = await request.formData();
  shared = {
    files: form.getAll('files').filter((f): f is File => f instanceof File),
    text: ['title', 'text', 'url']
      .map((k) => form.get(k) ?? '')
      .join('\n')
      .trim(),
  };
  return Response.redirect('/#/inbox', 303);
}

/** Bytes of a file at the position that a player asks for. */
async function stream(event: FetchEvent, url: URL): Promise<Response> {
  const [record, index, start, length, type] = url.pathname.split('/').slice(2).map(decodeURIComponent);
  const size = Number(length);
  const range = /^bytes=(\d+)-(\d*)$/.exec(event.request.headers.get('range') ?? 'bytes=0-');
  const from = Number(range?.[1] ?? 0);
  const client = await self.clients.get(event.clientId);
  if (!client || !record || !(size > 0) || from >= size) return new Response(null, { status: client ? 416 : 404 });
  const end = Math.min(range?.[2] ? Number(range[2]) + 1 : size, from + PART, size);
  const bytes = await ask(client, { record, index: Number(index), at: Number(start) + from, length: end - from });
  if (!bytes) return new Response(null, { status: 502 });
  return new Response(bytes, {
    status: 206,
    headers: {
      'Content-Type': type ?? 'application/octet-stream',
      'Content-Length': String(bytes.byteLength),
      'Content-Range': `bytes ${from}-${end - 1}/${size}`,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-store',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

function ask(client: Client, part: { record: string; index: number; at: number; length: number }): Promise<Uint8Array<ArrayBuffer> | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => resolve(null), ANSWER_MS);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data as Uint8Array<ArrayBuffer> | null);
    };
    client.postMessage({ stream: part }, [port2]);
  });
}
