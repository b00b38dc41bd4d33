/** A phone's folder for the browser tests: a few of each kind, the pictures drawn here. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

const PEOPLE = [
  'Ada Lovelace',
  'Alan Turing',
  'Barbara Liskov',
  'Claude Shannon',
  'Donald Knuth',
  'Edsger Dijkstra',
  'Grace Hopper',
  'Hedy Lamarr',
  'Katherine Johnson',
  'Linus Pauling',
  'Margaret Hamilton',
  'Niklaus Wirth',
  'Radia Perlman',
  'Sofia Kovalevskaya',
  'Zoë Ångström',
];
const HUES = [12, 40, 80, 140, 170, 200, 230, 260, 300, 340];

const crcs = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const b of body) crc = crcs[(crc ^ b) & 255]! ^ (crc >>> 8);
  const out = Buffer.alloc(8 + body.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, out.length - 4);
  return out;
}

function colour(h: number, s: number, l: number): [number, number, number] {
  const f = (n: number) => {
    const k = (n + h / 30) % 12;
    return Math.round(255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [f(0), f(8), f(4)];
}

/** Sky, sun, hills: something that looks like a place. */
export function picture(width: number, height: number, seed: number): Buffer {
  const hue = HUES[seed % HUES.length]!;
  const rows = Buffer.alloc(height * (1 + width * 3));
  const sun = { x: width * (0.2 + ((seed * 37) % 60) / 100), y: height * 0.28, r: height * 0.09 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const far = height * (0.55 + 0.07 * Math.sin((x / width) * 5 + seed));
      const near = height * (0.74 + 0.09 * Math.sin((x / width) * 8 + seed * 2.3));
      const isSun = (x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.r ** 2;
      const [r, g, b] =
        y > near
          ? colour(hue + 100, 0.34, 0.24)
          : y > far
            ? colour(hue + 60, 0.28, 0.42)
            : isSun
              ? colour(48, 0.9, 0.84)
              : colour(hue, 0.55, 0.48 + 0.4 * (y / height));
      const at = y * (1 + width * 3) + 1 + x * 3;
      rows[at] = r;
      rows[at + 1] = g;
      rows[at + 2] = b;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export function samplePhone(folder: string): void {
  const put = (path: string, data: string | Uint8Array) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    return file;
  };
  PEOPLE.forEach((name, i) => {
    const number = `+44 20 7946 ${String(i + 1).padStart(4, '0')}`;
    const mail = `${name.split(' ')[0]!.toLowerCase()}@example.org`;
    put(
      `contacts/${name}.vcf`,
      `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:person-${i}\r\nFN:${name}\r\nN:${name.split(' ')[1]};${name.split(' ')[0]};;;\r\nTEL;TYPE=CELL:${number}\r\nEMAIL;TYPE=HOME:${mail}\r\nX-UNKNOWN;PARAM=1:kept as it is\r\nNOTE:Met in Oslo\\, by the fjord\r\nBDAY:1990-0${(i % 9) + 1}-12\r\nCATEGORIES:Friends${i % 3 === 0 ? ',Work' : ''}\r\nEND:VCARD\r\n`,
    );
  });
  put(
    'notes/Weekend in Oslo.md',
    '---\ntags: [travel, oslo]\npinned: true\n---\n# Weekend in Oslo\n\nTwo days by **the fjord**, then the night train.\n\n- [x] train tickets\n- [x] the hut by the water\n- [ ] boots for *both*\n\n> Bring the good thermos.\n\n## Saturday\n\n1. Breakfast at the harbour\n2. Boat to the islands at `10:40`\n3. Swim, if the sun is out\n',
  );
  put('notes/Shopping.md', '# Shopping\n\n- [ ] tea\n- [ ] lemons\n- [x] bread\n');
  put('notes/Ideas/Letter to Grandmother.md', 'Dear Grandmother,\n\nthe photos from the summer are all here now, and nobody else has seen them.\n');
  put('notes/Recipe.md', '---\ntags: [kitchen]\n---\n# Lentil soup\n\nOnion, carrot, cumin. Forty minutes.\n');
  const sms = (number: string, name: string, minutes: number, body: string, ours: boolean) =>
    `<sms protocol="0" address="${number}" date="${Date.UTC(2026, 10, 21, 9, 0) + minutes * 60_000}" type="${ours ? 2 : 1}" subject="null" body="${body}" read="1" status="-1" contact_name="${name}" />`;
  const lines = [
    sms('+442079460007', 'Grace Hopper', 0, 'The ferry leaves at ten. Are you bringing the thermos?', false),
    sms('+442079460007', 'Grace Hopper', 3, 'Yes, and lemon cake.', true),
    sms('+442079460007', 'Grace Hopper', 5, 'Then nothing can go wrong &#128522;', false),
    sms('+442079460007', 'Grace Hopper', 1450, 'See you at the pier', false),
    sms('+442079460002', 'Alan Turing', 900, 'The machine stopped. I think that it is thinking.', false),
    sms('+442079460015', 'Zoë Ångström', 620, 'Thank you for the photos from Oslo!', false),
    sms('+442079460015', 'Zoë Ångström', 640, 'They are all in the album now.', true),
  ];
  put(
    'inbox/sms-20261122.xml',
    `<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count="${lines.length}">\n${lines.join('\n')}\n</smses>\n`,
  );
  for (let i = 0; i < 26; i++) {
    const file = put(
      `photos/2026/${i < 12 ? '11' : i < 20 ? '10' : '08'}/IMG_${1000 + i}.png`,
      picture(i % 4 === 3 ? 480 : 720, i % 4 === 3 ? 640 : 540, i),
    );
    const when = new Date(Date.UTC(2026, i < 12 ? 10 : i < 20 ? 9 : 7, 20 - (i % 12), 10 + (i % 9), 12));
    utimesSync(file, when, when);
  }
}
