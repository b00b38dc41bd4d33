/** What a photo says of itself, with its place as numbers and as a dot on a plain grid of the Earth: no map of anybody's. */
import type { PhotoRow } from '../engine/lists';
import { bytes, duration, number, t } from './i18n';
import { Button } from './kit';
import { engine, tried } from './session';

const LINES = [-60, -30, 0, 30, 60];
const MERIDIANS = [-150, -120, -90, -60, -30, 0, 30, 60, 90, 120, 150];

/** Degrees, minutes and seconds, as people write them. */
export function degrees(value: number, positive: string, negative: string): string {
  const total = Math.round(Math.abs(value) * 36_000) / 10;
  const [d, m, s] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  return `${d}° ${m}′ ${s.toFixed(1)}″ ${value < 0 ? negative : positive}`;
}

function Grid({ lat, lon }: { lat: number; lon: number }) {
  return (
    <svg class="globe" viewBox="-180 -90 360 180" aria-hidden="true">
      <rect x="-180" y="-90" width="360" height="180" rx="6" />
      {LINES.map((y) => (
        <line key={y} x1="-180" x2="180" y1={y} y2={y} class={y === 0 ? 'main' : ''} />
      ))}
      {MERIDIANS.map((x) => (
        <line key={x} x1={x} x2={x} y1="-90" y2="90" class={x === 0 ? 'main' : ''} />
      ))}
      <circle cx={lon} cy={-lat} r="6" />
    </svg>
  );
}

export function PhotoInfo({ photo }: { photo: PhotoRow }) {
  const { lat, lon } = photo;
  const placed = lat !== null && lon !== null;
  const facts: [string, string][] = [
    [t('photos.taken'), photo.taken.replace('T', ' ').replace(/\.\d+$/, '')],
    [t('photos.camera'), photo.camera],
    [t('photos.dimensions'), photo.width ? `${number(photo.width)} × ${number(photo.height)}` : ''],
    [t('photos.length'), photo.duration ? duration(photo.duration / 1000) : ''],
    [t('photos.size'), `${bytes(photo.size)}, ${photo.type}`],
    [t('photos.place'), placed ? `${degrees(lat, 'N', 'S')}\n${degrees(lon, 'E', 'W')}` : ''],
    [t('photos.coordinates'), placed ? `${lat.toFixed(6)}, ${lon.toFixed(6)}` : ''],
    [t('photos.altitude'), photo.alt === null ? '' : `${number(Math.round(photo.alt))} m`],
    [t('photos.file'), photo.name],
  ];
  return (
    <aside class="viewer-info" aria-label={t('photos.info')}>
      {photo.caption && <p>{photo.caption}</p>}
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
      {placed && <Grid lat={lat} lon={lon} />}
      {photo.albums.length > 0 && (
        <>
          <h3>{t('photos.albums')}</h3>
          <ul class="chips">
            {photo.albums.map((a) => (
              <li key={a} class="chip">
                {a}
                <Button
                  look="quiet"
                  icon="close"
                  label={t('photos.album.leave', { album: a })}
                  onClick={() => tried(() => engine.editPhotos([photo.record], { removeAlbum: a }))}
                />
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
