/** Bringing photos in: the picker, files and folders dropped on the page, and how far it is. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { bytes, duration, t } from './i18n';
import { Icon } from './icons';
import { Button } from './kit';
import { filmPoster } from './media';
import { engine, notice, tried } from './session';

const MAX_FILES = 100_000;
const IS_MEDIA = /\.(?:jpe?g|heic|heif|avif|png|webp|gif|dng|tiff?|bmp|mp4|mov|m4v|3gp|webm|mkv|avi)$/i;

export const isMedia = (f: File): boolean => /^(?:image|video)\//.test(f.type) || IS_MEDIA.test(f.name);

/** Hands files to the engine. Of a film the page takes a picture first: a worker cannot. */
export async function bring(files: File[]): Promise<void> {
  const still = files.filter((f) => !f.type.startsWith('video/'));
  if (still.length > 0) await tried(() => engine.upload(still.map((file) => ({ file }))));
  for (const file of files.filter((f) => f.type.startsWith('video/'))) {
    const poster = await filmPoster(file);
    await tried(() => engine.upload([poster ? { file, poster } : { file }]));
  }
}

export function UploadButton({ main = false }: { main?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button look={main ? 'main' : 'plain'} icon="add" onClick={() => input.current?.click()}>
        {t('upload.add')}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept="image/*,video/*,.heic,.heif,.dng"
        class="visually-hidden"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(e) => {
          void bring([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = '';
        }}
      />
    </>
  );
}

/** Files of what was dropped, with those in its folders. */
async function dropped(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((i) => i.webkitGetAsEntry?.()).filter((e): e is FileSystemEntry => !!e);
  if (entries.length === 0) return [...data.files];
  const found: File[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length >= MAX_FILES) return;
    if (entry.isFile) {
      const file = await new Promise<File | null>((done) => (entry as FileSystemFileEntry).file(done, () => done(null)));
      if (file && isMedia(file)) found.push(file);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done) => reader.readEntries(done, () => done([])));
      if (some.length === 0) return;
      for (const e of some) await walk(e);
    }
  };
  for (const e of entries) await walk(e);
  return found;
}

/** The whole page takes what is dropped, while photos are shown. */
export function DropTarget() {
  const [over, set] = useState(false);
  useEffect(() => {
    let depth = 0;
    const has = (e: DragEvent) => e.dataTransfer?.types.includes('Files') === true;
    const enter = (e: DragEvent) => {
      if (has(e)) {
        depth++;
        set(true);
      }
    };
    const leave = (e: DragEvent) => {
      if (has(e) && --depth <= 0) set(false);
    };
    const stay = (e: DragEvent) => has(e) && e.preventDefault();
    const drop = (e: DragEvent) => {
      if (!has(e)) return;
      e.preventDefault();
      depth = 0;
      set(false);
      void dropped(e.dataTransfer!).then(bring);
    };
    const on = [
      ['dragenter', enter],
      ['dragleave', leave],
      ['dragover', stay],
      ['drop', drop],
    ] as const;
    for (const [name, f] of on) addEventListener(name, f as EventListener);
    return () => {
      for (const [name, f] of on) removeEventListener(name, f as EventListener);
    };
  }, []);
  if (!over) return null;
  return (
    <div class="drop">
      <Icon name="photos" />
      <p>{t('upload.drop')}</p>
    </div>
  );
}

/** How far it is: count, bytes, rate, time left; stop and go on. */
export function UploadBar() {
  const { uploads: u } = notice.value;
  if (!u) return null;
  const over = u.done >= u.files;
  const part = u.bytes > 0 ? u.sent / u.bytes : over ? 1 : 0;
  const left = u.rate > 0 ? (u.bytes - u.sent) / u.rate : 0;
  const facts = over
    ? [u.known > 0 ? t('upload.known', { count: u.known }) : '']
    : [
        t('upload.bytes', { sent: bytes(u.sent), all: bytes(u.bytes) }),
        u.paused ? t('upload.paused') : '',
        u.rate > 0 && !u.paused ? t('upload.rate', { rate: bytes(u.rate) }) : '',
        left > 0 && !u.paused ? t('upload.left', { time: duration(left) }) : '',
      ];
  return (
    <section class="upload-bar" aria-label={t('upload.title')}>
      <div class="grow">
        <p role="status">
          <strong>
            {u.files === 0
              ? t('upload.lost', { count: u.lost })
              : over
                ? t('upload.done', { count: u.done - u.known - u.failed.length })
                : t('upload.count', { done: u.done, files: u.files })}
          </strong>
        </p>
        {!over && <progress value={part} max={1} aria-label={t('upload.title')} />}
        <small>{facts.filter(Boolean).join(' · ')}</small>
        {u.failed.length > 0 && <small class="bad">{t('upload.failed', { names: u.failed.join(', ') })}</small>}
      </div>
      {over ? (
        <Button look="quiet" icon="close" label={t('close')} onClick={() => tried(() => engine.dismissUploads())} />
      ) : (
        <Button onClick={() => tried(() => engine.pauseUploads(!u.paused))}>{u.paused ? t('upload.goOn') : t('upload.stop')}</Button>
      )}
    </section>
  );
}
