/** The timeline: squares by month, newest first, however many; and one photo over the whole page. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PhotoRow } from '../engine/lists';
import { bytes, month, number, t } from './i18n';
import { Icon } from './icons';
import { KindOff, useOverview } from './kind-off';
import { Button, Confirm, Empty } from './kit';
import { download, SHOWN, useBlobUrl, useThumb } from './media';
import { engine, go, route, tried, useEngine } from './session';
import { type Row, Virtual } from './virtual';

const GAP = 4;
const HEADING = 52;
const WIDEST = 210;
const NARROWEST = 104;
const LARGEST_SHOWN = 64 << 20;

export function Photos() {
  const overview = useOverview();
  const photos = useEngine(() => engine.photos());
  const [width, setWidth] = useState(0);
  const rows = useMemo(() => gridRows(photos ?? [], width), [photos, width]);
  if (!overview || !photos) return null;
  const off = !overview.kinds[3]!.on;
  const [, shown] = route.value;
  const at = shown ? photos.findIndex((p) => p.record === shown) : -1;
  return (
    <>
      <header class="view-head">
        <h1>{t('nav.photos')}</h1>
        {photos.length > 0 && <p class="count">{t('photos.count', { count: photos.length })}</p>}
      </header>
      {off ? (
        <KindOff kind={4} overview={overview} />
      ) : photos.length === 0 ? (
        <Empty icon="photos" title={t('photos.empty')}>
          <p>{t('photos.empty.text')}</p>
        </Empty>
      ) : (
        <Virtual rows={rows} label={t('nav.photos')} onWidth={setWidth} />
      )}
      {at >= 0 && <Viewer photo={photos[at]!} before={photos[at - 1]} after={photos[at + 1]} />}
    </>
  );
}

function gridRows(photos: PhotoRow[], width: number): Row[] {
  if (width === 0) return [];
  const columns = Math.max(3, Math.round(width / (width < 600 ? NARROWEST + 20 : WIDEST - 20)));
  const side = (width - GAP * (columns - 1)) / columns;
  const rows: Row[] = [];
  for (let i = 0; i < photos.length; ) {
    const which = photos[i]!.taken.slice(0, 7);
    let end = i;
    while (end < photos.length && photos[end]!.taken.slice(0, 7) === which) end++;
    const count = end - i;
    rows.push({ key: `h${which}`, height: HEADING, draw: () => <MonthHeading which={which} count={count} /> });
    for (; i < end; i += columns) {
      const some = photos.slice(i, Math.min(end, i + columns));
      rows.push({
        key: some[0]!.record,
        height: side + GAP,
        draw: () => (
          <div class={`photo-row columns-${columns}`}>
            {some.map((p) => (
              <Tile key={p.record} photo={p} />
            ))}
          </div>
        ),
      });
    }
    i = end;
  }
  return rows;
}

function MonthHeading({ which, count }: { which: string; count: number }) {
  const ms = Date.parse(`${which}-15T00:00:00Z`);
  return (
    <h2 class="month">
      {Number.isNaN(ms) ? t('photos.undated') : month(ms)} <small>{number(count)}</small>
    </h2>
  );
}

const nameOf = (p: PhotoRow): string => p.caption || p.name.slice(p.name.lastIndexOf('/') + 1);

function Tile({ photo }: { photo: PhotoRow }) {
  const url = useThumb(photo.preview);
  const video = photo.type.startsWith('video/');
  return (
    <button type="button" class="tile" aria-label={`${nameOf(photo)}, ${photo.taken.slice(0, 10)}`} onClick={() => go('photos', photo.record)}>
      {url ? <img src={url} alt="" decoding="async" /> : <span class="tile-name">{photo.preview ? '' : nameOf(photo)}</span>}
      {video && (
        <span class="tile-mark">
          <Icon name="play" />
        </span>
      )}
      {photo.favourite && (
        <span class="tile-mark end">
          <Icon name="heart" />
        </span>
      )}
    </button>
  );
}

function Viewer({ photo, before, after }: { photo: PhotoRow; before: PhotoRow | undefined; after: PhotoRow | undefined }) {
  const [info, showInfo] = useState(false);
  const [removing, remove] = useState(false);
  const close = () => go('photos');
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
      if (e.key === 'Escape') close();
      else if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') {
        const next = e.key === forward ? after : before;
        if (next) go('photos', next.record);
      } else if (e.key === 'i') showInfo((shown) => !shown);
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [photo.record, before?.record, after?.record]);
  const save = () =>
    tried(async () => {
      const file = await engine.file(4, photo.record, 0);
      download(file.name.slice(file.name.lastIndexOf('/') + 1) || nameOf(photo), file.mediaType, file.bytes);
    });
  return (
    <div class="viewer" role="dialog" aria-modal="true" aria-label={nameOf(photo)}>
      <div class="viewer-bar">
        <Button look="quiet" icon="close" label={t('close')} onClick={close} />
        <span class="viewer-title">{nameOf(photo)}</span>
        <Button look="quiet" icon="info" label={t('photos.info')} onClick={() => showInfo(!info)} />
        <Button look="quiet" icon="download" label={t('download')} onClick={save} />
        <Button look="quiet" icon="bin" label={t('remove')} onClick={() => remove(true)} />
      </div>
      <Picture key={photo.record} photo={photo} />
      {before && <Arrow side="start" icon="back" label={t('previous')} to={before.record} />}
      {after && <Arrow side="end" icon="next" label={t('next')} to={after.record} />}
      {info && <Info photo={photo} />}
      {removing && (
        <Confirm
          title={t('photos.remove.title')}
          text={t('remove.text')}
          yes={t('remove')}
          onClose={() => remove(false)}
          onYes={async () => {
            await tried(() => engine.remove(4, [photo.record, ...(photo.preview ? [photo.preview] : [])]));
            close();
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

/** The picture itself where the browser can show it and it is not too large, else its preview, else its thumbnail. */
function Picture({ photo }: { photo: PhotoRow }) {
  const thumb = useThumb(photo.preview);
  const video = photo.type.startsWith('video/');
  const own = (video || SHOWN.has(photo.type)) && photo.size <= LARGEST_SHOWN;
  const { url, failed } = useBlobUrl(async () => {
    const file = own ? await engine.file(4, photo.record, 0) : photo.preview && photo.large ? await engine.file(4, photo.preview, 0) : null;
    return file && (video || SHOWN.has(file.mediaType)) ? file : null;
  }, [photo.record]);
  const shown = url ?? thumb;
  return (
    <div class="picture" aria-busy={!url && !failed}>
      {video && url ? (
        // biome-ignore lint/a11y/useMediaCaption: a person's own video has none
        <video src={url} controls playsInline poster={thumb ?? undefined} />
      ) : shown ? (
        <img src={shown} alt={nameOf(photo)} class={url ? '' : 'soft'} />
      ) : (
        <p>{failed ? t('photos.cannotShow') : ''}</p>
      )}
    </div>
  );
}

function Info({ photo }: { photo: PhotoRow }) {
  const facts: [string, string][] = [
    [t('photos.taken'), photo.taken.replace('T', ' ')],
    [t('photos.camera'), photo.camera],
    [t('photos.dimensions'), photo.width ? `${photo.width} × ${photo.height}` : ''],
    [t('photos.size'), bytes(photo.size)],
    [t('photos.place'), photo.lat === null || photo.lon === null ? '' : `${photo.lat.toFixed(5)}, ${photo.lon.toFixed(5)}`],
    [t('photos.albums'), photo.albums.join(', ')],
    [t('photos.file'), photo.name],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
