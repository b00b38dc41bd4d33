/** Photos and films for tests, made here: no picture of anybody. */

const be = (n: number, bytes: number): Buffer => {
  const b = Buffer.alloc(bytes);
  b.writeUIntBE(n, 0, Math.min(bytes, 6));
  return bytes > 6 ? Buffer.concat([Buffer.alloc(bytes - 6), b.subarray(0, 6)]) : b;
};
const box = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([be(8 + body.length, 4), Buffer.from(type, 'latin1'), body]);
};

type Value = { tag: number; type: number; data: Buffer; count: number };
const text = (tag: number, s: string): Value => ({ tag, type: 2, data: Buffer.from(`${s}\0`, 'latin1'), count: s.length + 1 });
const short = (tag: number, n: number): Value => ({ tag, type: 3, data: be(n, 2), count: 1 });
const long = (tag: number, n: number): Value => ({ tag, type: 4, data: be(n, 4), count: 1 });
const rationals = (tag: number, ...values: [number, number][]): Value => ({
  tag,
  type: 5,
  data: Buffer.concat(values.map(([a, b]) => Buffer.concat([be(a, 4), be(b, 4)]))),
  count: values.length,
});

function directory(at: number, values: Value[]): Buffer {
  const head: Buffer[] = [be(values.length, 2)];
  const behind: Buffer[] = [];
  let free = at + 2 + 12 * values.length + 4;
  for (const v of values) {
    const short = v.data.length <= 4;
    head.push(be(v.tag, 2), be(v.type, 2), be(v.count, 4), short ? Buffer.concat([v.data, Buffer.alloc(4 - v.data.length)]) : be(free, 4));
    if (!short) {
      behind.push(v.data);
      free += v.data.length;
    }
  }
  return Buffer.concat([...head, be(0, 4), ...behind]);
}

/** Taken on 1 May 2024 in Oslo, by a camera that knows where it is. */
export function exif(orient = 6): Buffer {
  const details = [text(0x9003, '2024:05:01 10:11:12'), text(0x9011, '+02:00'), text(0x9291, '50'), long(0xa002, 640), long(0xa003, 480)];
  const gps = [
    text(1, 'N'),
    rationals(2, [59, 1], [54, 1], [30, 1]),
    text(3, 'E'),
    rationals(4, [10, 1], [45, 1], [0, 1]),
    { tag: 5, type: 1, data: Buffer.from([0]), count: 1 },
    rationals(6, [235, 10]),
  ];
  const main = (d: number, g: number) => [
    text(0x010f, 'Candor'),
    text(0x0110, 'Box camera'),
    short(0x0112, orient),
    long(0x8769, d),
    long(0x8825, g),
  ];
  const length = directory(8, main(0, 0)).length;
  const d = directory(8 + length, details);
  const g = directory(8 + length + d.length, gps);
  return Buffer.concat([Buffer.from('MM\0*', 'latin1'), be(8, 4), directory(8, main(8 + length, 8 + length + d.length)), d, g]);
}

const segment = (marker: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0xff, marker]), be(body.length + 2, 2), body]);
};

/** Headers of a JPEG as a camera writes them; no picture that could be decoded. @param film Behind the picture, as Android's motion photos have it. */
export function jpeg({ film, salt = '' }: { film?: Buffer; salt?: string } = {}): Buffer {
  const xmp = film
    ? `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description GCamera:MotionPhoto="1"><Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="${film.length}"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description></x:xmpmeta>`
    : '';
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, Buffer.from('Exif\0\0', 'latin1'), exif()),
    ...(xmp ? [segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`, 'latin1'))] : []),
    segment(0xfe, Buffer.from(salt, 'latin1')),
    segment(0xc0, Buffer.from([8, 1, 0xe0, 2, 0x80, 1, 1, 0x11, 0])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.alloc(64, 0x55),
    Buffer.from([0xff, 0xd9]),
    ...(film ? [film] : []),
  ]);
}

/** HEIC's meta box with an Exif item behind it; no picture. */
export function heic(): Buffer {
  const item = (id: number, type: string) => box('infe', Buffer.from([2, 0, 0, 0]), be(id, 2), be(0, 2), Buffer.from(`${type}\0`, 'latin1'));
  const block = Buffer.concat([be(6, 4), Buffer.from('Exif\0\0', 'latin1'), exif(1)]);
  const ftyp = box('ftyp', Buffer.from('heic', 'latin1'), be(0, 4), Buffer.from('mif1heic', 'latin1'));
  const meta = (at: number) =>
    box(
      'meta',
      be(0, 4),
      box('pitm', be(0, 4), be(1, 2)),
      box('iinf', be(0, 4), be(2, 2), item(1, 'hvc1'), item(2, 'Exif')),
      box('iloc', be(0, 4), Buffer.from([0x44, 0x00]), be(1, 2), be(2, 2), be(0, 2), be(1, 2), be(at, 4), be(block.length, 4)),
      box(
        'iprp',
        box('ipco', box('ispe', be(0, 4), be(4032, 4), be(3024, 4)), box('irot', Buffer.from([3]))),
        box('ipma', be(0, 4), be(1, 4), be(1, 2), Buffer.from([2, 0x81, 0x82])),
      ),
    );
  const at = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(at), box('mdat', block)]);
}

/** A film of two and a half seconds by its headers, with its movie box at the end, as phones write it. */
export function mp4(payload = 1000): Buffer {
  const matrix = Buffer.concat([0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000].map((n) => be(n >>> 0, 4)));
  const place = '+59.9083+010.7500+023.500/';
  return Buffer.concat([
    box('ftyp', Buffer.from('isom', 'latin1'), be(0, 4), Buffer.from('isommp42', 'latin1')),
    box('mdat', Buffer.alloc(payload, 'not really a film ')),
    box(
      'moov',
      box('mvhd', be(0, 4), be(3_797_403_072, 4), be(0, 4), be(1000, 4), be(2500, 4), Buffer.alloc(80)),
      box(
        'trak',
        box('tkhd', be(0, 4), Buffer.alloc(12 + 8 + 16), matrix, be(1920 << 16, 4), be(1080 << 16, 4)),
        box('mdia', box('hdlr', be(0, 4), be(0, 4), Buffer.from('vide', 'latin1'), Buffer.alloc(13))),
      ),
      box('udta', box('\u00a9xyz', be(place.length, 2), be(0x15c7, 2), Buffer.from(place, 'latin1'))),
    ),
  ]);
}
