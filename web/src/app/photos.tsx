/** The timeline: squares by month, newest first, however many; favourites, films, albums and the bin are the same squares, fewer of them. */
import { signal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import type { PhotoRow } from '../engine/lists';
import { bytes, month, number, t } from './i18n';
import { Icon } from './icons';
import { KindOff, useOverview } from './kind-off';
import { Button, Confirm, Empty, Field, Sheet } from './kit';
import { useThumb } from './media';
import { isFilm, nameOf, Viewer } from './photo-viewer';
import { savePhotos } from './save-photos';
import { type Mark, Scrubber } from './scrubber';
import { engine, go, route, say, tried, useEngine } from './session';
import { DropTarget, UploadBar, UploadButton } from './upload';
import { type Row, Virtual } from './virtual';

const GAP = 4;
const HEADING = 52;
const WIDEST = 210;
const NARROWEST = 104;

interface Shelf {
  readonly of: 'all' | 'favourites' | 'films' | 'bin' | 'album';
  readonly album?: string;
}
const ALL: Shelf = { of: 'all' };

/** It stays while the person looks at other views. */
const shelf = signal<Shelf>(ALL);
/** Records that are selected; null: nothing is being selected. */
const selected = signal<ReadonlySet<string> | null>(null);

const isOn = (p: PhotoRow, s: Shelf): boolean =>
  s.of === 'all' || s.of === 'bin' || (s.of === 'favourites' ? p.favourite : s.of === 'films' ? isFilm(p) : p.albums.includes(s.album ?? ''));

export function Photos() {
  const overview = useOverview();
  const all = useEngine(() => engine.photos());
  const [albumFor, chooseAlbum] = useState<PhotoRow[] | null>(null);
  const inBin = shelf.value.of === 'bin';
  const bin = useEngine(() => (inBin ? engine.photoBin() : Promise.resolve([])), [inBin]);
  const albums = useMemo(() => [...new Set(all?.flatMap((p) => p.albums))].sort(new Intl.Collator().compare), [all]);
  const here = shelf.value;
  const photos = useMemo<readonly PhotoRow[]>(
    () => (here.of === 'bin' ? (bin ?? []) : here.of === 'all' ? (all ?? []) : (all ?? []).filter((p) => isOn(p, here))),
    [all, bin, here],
  );
  if (!overview || !all) return null;
  const off = !overview.kinds[3]!.on;
  const [, shown] = route.value;
  const at = shown ? photos.findIndex((p) => p.record === shown) : -1;
  const chosen = photos.filter((p) => selected.value?.has(p.record));
  if (off)
    return (
      <>
        <Head count={0} />
        <KindOff kind={4} overview={overview} />
      </>
    );
  return (
    <>
      {selected.value ? (
        <Selection photos={photos} chosen={chosen} inBin={inBin} onAlbum={() => chooseAlbum(chosen)} />
      ) : (
        <Head count={photos.length} tools />
      )}
      <Shelves albums={albums} all={all} />
      <UploadBar />
      {photos.length === 0 ? <Nothing /> : <Timeline photos={photos} inBin={inBin} />}
      <DropTarget />
      {at >= 0 && !inBin && <Viewer photo={photos[at]!} before={photos[at - 1]} after={photos[at + 1]} onAlbum={() => chooseAlbum([photos[at]!])} />}
      {albumFor && <AlbumSheet photos={albumFor} albums={albums} onClose={() => chooseAlbum(null)} />}
    </>
  );
}

const select = (): void => {
  selected.value = new Set();
};

function Head({ count, tools = false }: { count: number; tools?: boolean }) {
  return (
    <header class="view-head">
      <h1>{t('nav.photos')}</h1>
      {count > 0 && <p class="count">{t('photos.count', { count })}</p>}
      {tools && (
        <span class="head-tools">
          {count > 0 && <Button look="quiet" icon="select" label={t('photos.select')} onClick={select} />}
          <UploadButton />
        </span>
      )}
    </header>
  );
}

function Nothing() {
  const { of } = shelf.value;
  if (of === 'bin')
    return (
      <Empty icon="bin" title={t('photos.bin.empty')}>
        <p>{t('photos.bin.text')}</p>
      </Empty>
    );
  if (of !== 'all') return <Empty icon="photos" title={t('photos.shelf.empty')} />;
  return (
    <Empty icon="photos" title={t('photos.empty')}>
      <p>{t('photos.empty.text')}</p>
      <UploadButton main />
    </Empty>
  );
}

/** All, favourites, films, each album, and the bin: one row that scrolls. */
function Shelves({ albums, all }: { albums: string[]; all: PhotoRow[] }) {
  const chip = (s: Shelf, label: string) => {
    const on = s.of === shelf.value.of && s.album === shelf.value.album;
    return (
      <li key={label + s.of}>
        <button
          type="button"
          class="chip-button"
          aria-pressed={on}
          onClick={() => {
            shelf.value = s;
            selected.value = null;
          }}
        >
          {label}
        </button>
      </li>
    );
  };
  return (
    <ul class="shelves" aria-label={t('photos.shelves')}>
      {chip(ALL, t('photos.all'))}
      {all.some((p) => p.favourite) && chip({ of: 'favourites' }, t('photos.favourites'))}
      {all.some(isFilm) && chip({ of: 'films' }, t('photos.films'))}
      {albums.map((album) => chip({ of: 'album', album }, album))}
      {chip({ of: 'bin' }, t('photos.bin'))}
    </ul>
  );
}

function Timeline({ photos, inBin }: { photos: readonly PhotoRow[]; inBin: boolean }) {
  const [width, setWidth] = useState(0);
  const { rows, months } = useMemo(() => gridRows(photos, width, inBin), [photos, width, inBin]);
  return (
    <>
      {inBin && <p class="bin-note">{t('photos.bin.text')}</p>}
      <Virtual
        rows={rows}
        label={t('nav.photos')}
        onWidth={setWidth}
        beside={({ top, height, total, to, ends }) => {
          let year = '';
          const marks = months.map(({ row, which }): Mark => {
            const now = which.slice(0, 4);
            const tick = now === year ? '' : now;
            year = now;
            return { at: ends[row]! - rows[row]!.height, label: monthName(which), tick };
          });
          return <Scrubber marks={marks} top={top} height={height} total={total} to={to} />;
        }}
      />
    </>
  );
}

function gridRows(photos: readonly PhotoRow[], width: number, inBin: boolean): { rows: Row[]; months: { row: number; which: string }[] } {
  const rows: Row[] = [];
  const months: { row: number; which: string }[] = [];
  if (width === 0) return { rows, months };
  const columns = Math.min(14, Math.max(3, Math.round(width / (width < 600 ? NARROWEST + 20 : WIDEST - 20))));
  const side = (width - GAP * (columns - 1)) / columns;
  for (let i = 0; i < photos.length; ) {
    const which = inBin ? '' : photos[i]!.taken.slice(0, 7);
    let end = i;
    while (end < photos.length && (inBin || photos[end]!.taken.slice(0, 7) === which)) end++;
    const count = end - i;
    if (!inBin) {
      months.push({ row: rows.length, which });
      const some = photos.slice(i, end);
      rows.push({ key: `h${which}`, height: HEADING, draw: () => <MonthHeading which={which} count={count} photos={some} /> });
    }
    for (; i < end; i += columns) {
      const some = photos.slice(i, Math.min(end, i + columns));
      rows.push({
        key: some[0]!.record,
        height: side + GAP,
        draw: () => (
          <div class={`photo-row columns-${columns}`}>
            {some.map((p) => (
              <Tile key={p.record} photo={p} inBin={inBin} />
            ))}
          </div>
        ),
      });
    }
    i = end;
  }
  return { rows, months };
}

function monthName(which: string): string {
  const ms = Date.parse(`${which}-15T00:00:00Z`);
  return Number.isNaN(ms) ? t('photos.undated') : month(ms);
}

function MonthHeading({ which, count, photos }: { which: string; count: number; photos: readonly PhotoRow[] }) {
  const name = monthName(which);
  const whole = selected.value && photos.every((p) => selected.value!.has(p.record));
  return (
    <h2 class="month">
      {name} <small>{number(count)}</small>
      {selected.value && (
        <Button look="quiet" onClick={() => toggle(photos, !whole)}>
          {whole ? t('photos.select.none') : t('photos.select.all')}
        </Button>
      )}
    </h2>
  );
}

function toggle(photos: readonly PhotoRow[], on: boolean): void {
  const next = new Set(selected.value);
  for (const p of photos) {
    if (on) next.add(p.record);
    else next.delete(p.record);
  }
  selected.value = next;
}

function Tile({ photo, inBin }: { photo: PhotoRow; inBin: boolean }) {
  const url = useThumb(photo.preview);
  const picking = selected.value !== null || inBin;
  const on = selected.value?.has(photo.record) ?? false;
  return (
    <button
      type="button"
      class={on ? 'tile chosen' : 'tile'}
      aria-label={[nameOf(photo), photo.taken.slice(0, 10), photo.preview ? '' : t('photos.noPreview')].filter(Boolean).join(', ')}
      aria-pressed={picking ? on : undefined}
      onClick={() => (picking ? toggle([photo], !on) : go('photos', photo.record))}
      onContextMenu={(e) => {
        e.preventDefault();
        toggle([photo], true);
      }}
    >
      {url ? (
        <img src={url} alt="" decoding="async" />
      ) : (
        <span class="tile-name">
          {!photo.preview && (
            <>
              {nameOf(photo)}
              <small>{t('photos.noPreview')}</small>
            </>
          )}
        </span>
      )}
      {(isFilm(photo) || photo.motion) && (
        <span class="tile-mark">
          <Icon name="play" />
        </span>
      )}
      {photo.favourite && (
        <span class="tile-mark end">
          <Icon name="heart" />
        </span>
      )}
      {picking && <span class="tile-pick">{on && <Icon name="ok" />}</span>}
    </button>
  );
}

/** The bar in the heading's place while photos are selected. */
function Selection({ photos, chosen, inBin, onAlbum }: { photos: readonly PhotoRow[]; chosen: PhotoRow[]; inBin: boolean; onAlbum: () => void }) {
  const [removing, remove] = useState(false);
  const [saved, setSaved] = useState(-1);
  const total = chosen.reduce((sum, p) => sum + p.size, 0);
  const records = chosen.map((p) => p.record);
  const withPreviews = chosen.flatMap((p) => [p.record, ...(p.preview ? [p.preview] : [])]);
  const done = () => {
    selected.value = null;
  };
  const none = chosen.length === 0;
  const { value: here } = shelf;
  return (
    <header class="view-head selection">
      <Button look="quiet" icon="close" label={t('photos.select.stop')} onClick={done} />
      <p class="count" role="status">
        {saved >= 0 ? t('photos.saving', { done: bytes(saved), all: bytes(total) }) : t('photos.selected', { count: chosen.length })}
        {!none && saved < 0 && <small> {bytes(total)}</small>}
      </p>
      <span class="head-tools">
        <Button look="quiet" onClick={() => toggle(photos, chosen.length < photos.length)}>
          {chosen.length < photos.length ? t('photos.select.all') : t('photos.select.none')}
        </Button>
        {inBin ? (
          <Button
            look="main"
            disabled={none}
            onClick={async () => {
              await tried(() => engine.bringBack(4, ...withPreviews));
              done();
            }}
          >
            {t('photos.bringBack')}
          </Button>
        ) : (
          <>
            <Button
              look="quiet"
              icon="heart"
              label={t('photos.like')}
              disabled={none}
              onClick={async () => {
                await tried(() => engine.editPhotos(records, { favourite: !chosen.every((p) => p.favourite) }));
                done();
              }}
            />
            <Button look="quiet" icon="album" label={t('photos.album.add')} disabled={none} onClick={onAlbum} />
            {here.album !== undefined && (
              <Button
                look="quiet"
                icon="close"
                label={t('photos.album.leave', { album: here.album ?? '' })}
                disabled={none}
                onClick={async () => {
                  await tried(() => engine.editPhotos(records, { removeAlbum: here.album ?? '' }));
                  done();
                }}
              />
            )}
            <Button
              look="quiet"
              icon="download"
              label={t('download')}
              disabled={none}
              onClick={async () => {
                setSaved(0);
                if (await tried(() => savePhotos(chosen, setSaved))) say(t('photos.saved', { count: chosen.length }));
                setSaved(-1);
              }}
            />
            <Button look="quiet" icon="bin" label={t('remove')} disabled={none} onClick={() => remove(true)} />
          </>
        )}
      </span>
      {removing && (
        <Confirm
          title={t('photos.remove.title', { count: chosen.length })}
          text={t('photos.remove.text')}
          yes={t('remove')}
          onClose={() => remove(false)}
          onYes={async () => {
            await tried(() => engine.remove(4, withPreviews));
            done();
          }}
        />
      )}
    </header>
  );
}

function AlbumSheet({ photos, albums, onClose }: { photos: PhotoRow[]; albums: string[]; onClose: () => void }) {
  const [name, setName] = useState('');
  const add = async (album: string) => {
    if (album.trim() === '') return;
    await tried(() =>
      engine.editPhotos(
        photos.map((p) => p.record),
        { addAlbum: album },
      ),
    );
    selected.value = null;
    onClose();
  };
  return (
    <Sheet title={t('photos.album.add')} onClose={onClose}>
      {albums.length > 0 && (
        <ul class="album-list">
          {albums.map((a) => (
            <li key={a}>
              <Button look="quiet" icon="album" onClick={() => add(a)}>
                {a}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form
        class="album-new"
        onSubmit={(e) => {
          e.preventDefault();
          void add(name);
        }}
      >
        <Field label={t('photos.album.new')} value={name} onInput={setName} autofocus={albums.length === 0} />
        <Button type="submit" look="main" disabled={name.trim() === ''}>
          {t('add')}
        </Button>
      </form>
    </Sheet>
  );
}
