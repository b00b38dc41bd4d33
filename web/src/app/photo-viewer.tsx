/** One photo over the whole page: zoom by wheel, pinch, double click and keys; films and motion photos played while they are fetched. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PhotoRow } from '../engine/lists';
import { t } from './i18n';
import { Button, Confirm } from './kit';
import { SHOWN, useBlobUrl, useThumb } from './media';
import { PhotoInfo } from './photo-info';
import { fileNameOf, savePhotos } from './save-photos';
import { engine, go, tried } from './session';
import { streamUrl } from './shell-worker';

const LARGEST_SHOWN = 64 << 20;
const MAX_ZOOM = 8;
const SWIPE = 60;

export const nameOf = (p: PhotoRow): string => p.caption || fileNameOf(p);
export const isFilm = (p: PhotoRow): boolean => p.type.startsWith('video/');

export function Viewer({
  photo,
  before,
  after,
  onAlbum,
}: {
  photo: PhotoRow;
  before: PhotoRow | undefined;
  after: PhotoRow | undefined;
  onAlbum: () => void;
}) {
  const [info, showInfo] = useState(false);
  const [removing, remove] = useState(false);
  const [motion, playMotion] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const close = () => go('photos');
  const turn = (to: PhotoRow | undefined) => to && go('photos', to.record);
  const like = () => tried(() => engine.editPhotos([photo.record], { favourite: !photo.favourite }));
  useEffect(() => {
    playMotion(false);
    box.current?.focus();
  }, [photo.record]);
  // With the drawing, not behind it: what is seen can be steered.
  useLayoutEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (document.querySelector('dialog[open]')) return;
      const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      if (e.key === 'Escape') close();
      else if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') {
        if (!(e.target instanceof HTMLVideoElement)) turn(e.key === forward ? after : before);
      } else if (e.key === 'i') showInfo((shown) => !shown);
      else if (e.key === 'f') void like();
      else if (e.key === 'Delete') remove(true);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [photo, before?.record, after?.record]);
  return (
    <div class={info ? 'viewer with-info' : 'viewer'} role="dialog" aria-modal="true" aria-label={nameOf(photo)} ref={box} tabIndex={-1}>
      <div class="viewer-bar">
        <Button look="quiet" icon="close" label={t('close')} onClick={close} />
        <span class="viewer-title">{nameOf(photo)}</span>
        {photo.motion && (
          <Button look="quiet" icon="play" label={motion ? t('photos.motion.stop') : t('photos.motion')} onClick={() => playMotion(!motion)} />
        )}
        <span class={photo.favourite ? 'liked' : ''}>
          <Button look="quiet" icon="heart" label={photo.favourite ? t('photos.unlike') : t('photos.like')} onClick={like} />
        </span>
        <Button look="quiet" icon="album" label={t('photos.album.add')} onClick={onAlbum} />
        <Button look="quiet" icon="info" label={t('photos.info')} onClick={() => showInfo(!info)} />
        <Button look="quiet" icon="download" label={t('download')} onClick={() => tried(() => savePhotos([photo], () => {}))} />
        <Button look="quiet" icon="bin" label={t('remove')} onClick={() => remove(true)} />
      </div>
      {isFilm(photo) || motion ? (
        <Film key={`${photo.record}${motion}`} photo={photo} motion={motion} onEnd={() => playMotion(false)} />
      ) : (
        <Picture key={photo.record} photo={photo} onTurn={(way) => turn(way > 0 ? after : before)} />
      )}
      {before && <Arrow side="start" icon="back" label={t('previous')} to={before.record} />}
      {after && <Arrow side="end" icon="next" label={t('next')} to={after.record} />}
      {info && <PhotoInfo photo={photo} />}
      {removing && (
        <Confirm
          title={t('photos.remove.title', { count: 1 })}
          text={t('photos.remove.text')}
          yes={t('remove')}
          onClose={() => remove(false)}
          onYes={async () => {
            await tried(() => engine.remove(4, [photo.record, ...(photo.preview ? [photo.preview] : [])]));
            const next = after ?? before;
            if (next) turn(next);
            else close();
          }}
        />
      )}
    </div>
  );
}

function Arrow({ side, icon, label, to }: { side: 'start' | 'end'; icon: 'back' | 'next'; label: string; to: string }) {
  return (
    <div class={`arrow ${side}`}>
      <Button look="quiet" icon={icon} label={label} onClick={() => go('photos', to)} />
    </div>
  );
}

/** By position where the service worker stands by; else whole, if it is not too large. */
function Film({ photo, motion, onEnd }: { photo: PhotoRow; motion: boolean; onEnd: () => void }) {
  const thumb = useThumb(photo.preview);
  const type = motion ? 'video/mp4' : photo.type === 'video/quicktime' ? 'video/mp4' : photo.type;
  const { start, length } = motion && photo.motion ? photo.motion : { start: 0, length: photo.size };
  const streamed = streamUrl(photo.record, 0, start, length, type);
  const { url, failed } = useBlobUrl(async () => {
    if (streamed || length > LARGEST_SHOWN) return null;
    const bytes = await engine.fileAt(4, photo.record, 0, start, length);
    return { mediaType: type, bytes };
  }, [photo.record, motion]);
  const [broken, setBroken] = useState(false);
  const src = streamed ?? url;
  if (broken || (!streamed && failed))
    return (
      <div class="picture">
        <p>{t('photos.cannotShow')}</p>
      </div>
    );
  return (
    <div class="picture" aria-busy={!src}>
      {src && (
        <video
          src={src}
          controls={!motion}
          autoPlay={motion}
          muted={motion}
          playsInline
          poster={thumb ?? undefined}
          onEnded={motion ? onEnd : undefined}
          onError={() => setBroken(true)}
        />
      )}
    </div>
  );
}

interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };

/** The preview first; the picture itself when the person looks closer, or where there is no preview. */
function Picture({ photo, onTurn }: { photo: PhotoRow; onTurn: (way: number) => void }) {
  const thumb = useThumb(photo.preview);
  const [zoom, setZoom] = useState(WHOLE);
  /** As it will be drawn next: two keys may come between two frames. */
  const latest = useRef(WHOLE);
  const [closer, lookCloser] = useState(false);
  const [broken, setBroken] = useState(false);
  const own = SHOWN.has(photo.type) && photo.size <= LARGEST_SHOWN;
  const hasPreview = photo.preview !== null && photo.large;
  const first = useBlobUrl(async () => {
    if (hasPreview) return shownOnly(await engine.file(4, photo.preview!, 0));
    return own ? shownOnly(await engine.file(4, photo.record, 0)) : null;
  }, [photo.record]);
  const full = useBlobUrl(
    async () => (closer && own && hasPreview ? shownOnly(await engine.file(4, photo.record, 0)) : null),
    [photo.record, closer],
  );
  const url = full.url ?? first.url;
  const shown = url ?? thumb;
  const box = useRef<HTMLDivElement>(null);
  const to = (z: Zoom) => {
    const scale = Math.max(1, Math.min(MAX_ZOOM, z.scale));
    if (scale > 1.3) lookCloser(true);
    const room = box.current?.getBoundingClientRect();
    const most = (size: number) => ((scale - 1) * size) / 2;
    const within = (v: number, size: number) => Math.max(-most(size), Math.min(most(size), v));
    latest.current = scale === 1 ? WHOLE : { scale, x: within(z.x, room?.width ?? 0), y: within(z.y, room?.height ?? 0) };
    setZoom(latest.current);
  };
  /** Around a point of the screen: what is under it stays there. */
  const around = (factor: number, clientX: number, clientY: number) => {
    const room = box.current!.getBoundingClientRect();
    const [px, py] = [clientX - room.left - room.width / 2, clientY - room.top - room.height / 2];
    const scale = Math.max(1, Math.min(MAX_ZOOM, zoom.scale * factor));
    const by = scale / zoom.scale;
    to({ scale, x: px - (px - zoom.x) * by, y: py - (py - zoom.y) * by });
  };
  const fingers = useFingers(zoom, to, around, onTurn);
  useLayoutEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key === '+' || e.key === '=') to({ ...latest.current, scale: latest.current.scale * 1.5 });
      else if (e.key === '-') to({ ...latest.current, scale: latest.current.scale / 1.5 });
      else if (e.key === '0') to(WHOLE);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  });
  const { scale, x, y } = zoom;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same is done by the keys + - 0, and by the arrows
    <div
      ref={box}
      class={scale > 1 ? 'picture zoomed' : 'picture'}
      aria-busy={!url && !first.failed}
      onWheel={(e) => {
        e.preventDefault();
        around(Math.exp(-e.deltaY / 300), e.clientX, e.clientY);
      }}
      onDblClick={(e) => (scale > 1 ? to(WHOLE) : around(2.5, e.clientX, e.clientY))}
      {...fingers}
    >
      {shown && !broken ? (
        <img
          src={shown}
          alt={nameOf(photo)}
          class={url ? '' : 'soft'}
          draggable={false}
          onError={() => setBroken(true)}
          style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}
        />
      ) : (
        <p>{first.failed || broken ? t('photos.cannotShow') : ''}</p>
      )}
    </div>
  );
}

const shownOnly = <T extends { mediaType: string }>(file: T): T | null => (SHOWN.has(file.mediaType) ? file : null);

/** Two fingers pinch; one drags a picture that is zoomed, or turns to the next. */
function useFingers(zoom: Zoom, to: (z: Zoom) => void, around: (factor: number, x: number, y: number) => void, onTurn: (way: number) => void) {
  const down = useRef(new Map<number, { x: number; y: number }>());
  const start = useRef({ x: 0, y: 0 });
  const middle = () => {
    const [a, b] = [...down.current.values()] as [{ x: number; y: number }, { x: number; y: number }];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  return {
    onPointerDown: (e: PointerEvent) => {
      down.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
      if (down.current.size === 1) start.current = { x: e.clientX, y: e.clientY };
      // A pointer that is gone already cannot be captured.
      if (e.isTrusted && e.target instanceof HTMLElement) e.target.setPointerCapture(e.pointerId);
    },
    onPointerMove: (e: PointerEvent) => {
      const last = down.current.get(e.pointerId);
      if (!last) return;
      if (down.current.size === 2) {
        const before = middle();
        down.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
        const now = middle();
        if (before.apart > 0) around(now.apart / before.apart, now.x, now.y);
        return;
      }
      down.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
      if (zoom.scale > 1) to({ ...zoom, x: zoom.x + e.clientX - last.x, y: zoom.y + e.clientY - last.y });
    },
    onPointerUp: (e: PointerEvent) => {
      const alone = down.current.size === 1;
      down.current.delete(e.pointerId);
      const [dx, dy] = [e.clientX - start.current.x, e.clientY - start.current.y];
      if (!alone || zoom.scale > 1 || Math.abs(dx) < SWIPE || Math.abs(dx) < 2 * Math.abs(dy)) return;
      const rtl = document.documentElement.dir === 'rtl';
      onTurn(dx < 0 === rtl ? -1 : 1);
    },
    onPointerCancel: (e: PointerEvent) => void down.current.delete(e.pointerId),
  };
}
