import { expect, test } from 'vitest';
import { MediaSource } from '../src/formats/media-source';
import { photoPath, photoView, readPhoto, takenOf } from '../src/formats/photo';
import { nameTime } from '../src/formats/photo-time';
import { heic, jpeg, mp4 } from './pictures';

const sourceOf = (b: Uint8Array) => new MediaSource(b.length, async (at, n) => new Uint8Array(b.subarray(at, at + n)));
const viewOf = async (b: Uint8Array, name = 'IMG.jpg') => {
  const facts = await readPhoto(sourceOf(b));
  const taken = takenOf(facts, name, 0);
  return { view: Object.fromEntries(photoView(facts, taken, b.length, undefined)), path: photoPath(taken, name) };
};

const PLACE = { lat: 599083333, lon: 107500000, alt: 23500 };

test('A JPEG says when, where and with what it was taken', async () => {
  const file = jpeg();
  expect(await viewOf(file)).toEqual({
    path: '2024/05/IMG.jpg',
    view: {
      type: 'image/jpeg',
      size: file.length,
      w: 640,
      h: 480,
      orient: 6,
      taken: '2024-05-01T10:11:12.5',
      utc: Date.UTC(2024, 4, 1, 8, 11, 12, 500),
      make: 'Candor',
      model: 'Box camera',
      ...PLACE,
    },
  });
});

test('The film of a motion photo is found, and only where there is one', async () => {
  const film = mp4(300);
  const file = jpeg({ film });
  expect((await viewOf(file)).view.motion).toEqual([file.length - film.length, film.length]);
  const broken = Buffer.from(file);
  broken.write('xxxx', file.length - film.length + 4);
  expect((await viewOf(broken)).view.motion).toBeUndefined();
});

test('A HEIC says the same in its boxes', async () => {
  const { view } = await viewOf(heic(), 'IMG.HEIC');
  expect(view).toMatchObject({ type: 'image/heic', w: 4032, h: 3024, orient: 6, taken: '2024-05-01T10:11:12.5', ...PLACE });
});

test('A film says how long it is, how it is turned, and where it was made', async () => {
  const { view } = await viewOf(mp4(), 'VID.mp4');
  expect(view).toMatchObject({
    type: 'video/mp4',
    w: 1920,
    h: 1080,
    orient: 6,
    dur: 2500,
    lat: 599083000,
    utc: (3_797_403_072 - 2_082_844_800) * 1000,
  });
  expect(view.taken).toBeUndefined();
});

test.each([
  ['IMG_20240501_101112345.jpg', { local: '2024-05-01T10:11:12.345' }],
  ['PXL_20240501_101112345.jpg', { utc: Date.UTC(2024, 4, 1, 10, 11, 12, 345) }],
  ['IMG-20240501-WA0001.jpg', { local: '2024-05-01T12:00:00' }],
  ['mmexport1714558272000.jpg', { utc: 1_714_558_272_000 }],
  ['20241301.jpg', {}],
  ['holiday.jpg', {}],
])('The name %s says %o', (name, said) => expect(nameTime(name)).toEqual(said));

test('Bent files do not make the reader of a photo throw, and cost it little', async () => {
  let x = 20_261_128;
  const next = (n: number) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
  const seeds = [jpeg({ film: mp4(50) }), heic(), mp4(50), jpeg()];
  for (let i = 0; i < 3000; i++) {
    let bytes = new Uint8Array(seeds[next(seeds.length)]!);
    for (let k = next(8); k >= 0; k--) {
      const at = next(bytes.length);
      const what = next(4);
      if (what === 0) bytes[at] = next(256);
      else if (what === 1) bytes = bytes.slice(0, at + 1);
      else if (what === 2) bytes.fill(255, at, at + 4);
      else bytes[at]! ^= 1 << next(8);
    }
    const facts = await readPhoto(sourceOf(bytes));
    const taken = takenOf(facts, 'x.jpg', 1);
    const view = photoView(facts, taken, bytes.length, 1);
    expect(photoPath(taken, 'x.jpg')).toMatch(/^(?:\d{4}\/\d\d|unknown-date)\/x\.jpg$/);
    for (const value of view.values()) if (typeof value === 'number') expect(Number.isSafeInteger(value)).toBe(true);
    const motion = view.get('motion') as number[] | undefined;
    if (motion) expect(motion[0]! + motion[1]!).toBeLessThanOrEqual(bytes.length);
  }
});
