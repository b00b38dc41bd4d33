/** A large account, made once by the native program from a folder as phones leave it: the same numbers, the same things. */
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { picture } from '../browser/sample';
import { freePort, Server } from '../server/harness';

export interface Size {
  readonly contacts: number;
  readonly messages: number;
  readonly photos: number;
}
export const WHOLE: Size = { contacts: 10_000, messages: 200_000, photos: 20_000 };

const THREADS = 400;
const SHAPES = 40;
const DAY = 86_400_000;
const WORDS =
  'the ferry leaves at ten are you bringing thermos yes and lemon cake then nothing can go wrong see you pier machine stopped think it is thinking thank for photos from they all in album now tomorrow we meet by harbour with boots rain again train late call me when home dinner seven o clock bread milk tea keys under stone happy birthday dear grandmother school ends early today please fetch children doctor said fine weather mountain hut water cold swim sun out night letter old house garden roses'.split(
    ' ',
  );
const GIVEN = 'Ada Alan Barbara Claude Donald Edsger Grace Hedy Katherine Linus Margaret Niklaus Radia Sofia Zoë Åsa Emil Freja Ivan Jia'.split(' ');
const FAMILY =
  'Lovelace Turing Liskov Shannon Knuth Dijkstra Hopper Lamarr Johnson Pauling Hamilton Wirth Perlman Ångström Berg Chen Rossi Novak'.split(' ');

/** Numerical Recipes' generator: the same numbers on every machine. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const personOf = (i: number): string => `${GIVEN[i % GIVEN.length]} ${FAMILY[Math.floor(i / GIVEN.length) % FAMILY.length]} ${i}`;
const numberOf = (i: number): string => `+44207946${String(i).padStart(5, '0')}`;

function contacts(folder: string, count: number): void {
  mkdirSync(join(folder, 'contacts'), { recursive: true });
  for (let i = 0; i < count; i++) {
    const name = personOf(i);
    writeFileSync(
      join(folder, 'contacts', `${name}.vcf`),
      `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:person-${i}\r\nFN:${name}\r\nN:${i};${name};;;\r\nORG:${FAMILY[i % FAMILY.length]} and sons\r\nTEL;TYPE=CELL:${numberOf(i)}\r\nEMAIL;TYPE=HOME:person${i}@example.org\r\nNOTE:Met in Oslo\\, by the fjord\r\nCATEGORIES:${i % 3 === 0 ? 'Friends' : 'Work'}\r\nEND:VCARD\r\n`,
    );
  }
}

function messages(folder: string, count: number): void {
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  const next = numbers(3);
  const lines: string[] = [];
  const begin = Date.UTC(2021, 0, 1);
  for (let i = 0; i < count; i++) {
    // Some write more often than others.
    const who = Math.floor((next(1000) * next(1000) * THREADS) / 1e6);
    const body = Array.from({ length: 3 + next(14) }, () => WORDS[next(WORDS.length)]).join(' ');
    const date = begin + Math.floor((i * 1800 * DAY) / count);
    lines.push(
      `<sms protocol="0" address="${numberOf(who)}" date="${date}" type="${1 + next(2)}" subject="null" body="${body} ${i}" read="1" status="-1" contact_name="${personOf(who)}" />`,
    );
  }
  writeFileSync(
    join(folder, 'inbox', 'sms-20260101.xml'),
    `<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count="${count}">\n${lines.join('\n')}\n</smses>\n`,
  );
}

/** Small pictures, each with another comment in it and so of other bytes; of a size at which the thumbnail is all that is made of it. */
function photos(folder: string, count: number): void {
  const shapes = Array.from({ length: SHAPES }, (_, i) => picture(256, 192, i));
  const head = 33; // Signature and IHDR.
  for (let i = 0; i < count; i++) {
    const when = new Date(Date.UTC(2015, 0, 1) + Math.floor((i * 4000 * DAY) / count));
    const to = join(folder, 'photos', String(when.getUTCFullYear()), String(when.getUTCMonth() + 1).padStart(2, '0'));
    mkdirSync(to, { recursive: true });
    const text = Buffer.from(`tEXtComment\0number ${i}`, 'latin1');
    const comment = Buffer.alloc(text.length + 8);
    comment.writeUInt32BE(text.length - 4, 0);
    text.copy(comment, 4);
    comment.writeUInt32BE(crc32(text), comment.length - 4);
    const shape = shapes[i % SHAPES]!;
    const file = join(to, `IMG_${String(i).padStart(5, '0')}.png`);
    writeFileSync(file, Buffer.concat([shape.subarray(0, head), comment, shape.subarray(head)]));
    utimesSync(file, when, when);
  }
}

/** Serves the account in this folder; makes it first where it is not there. */
export async function largeAccount(folder: string, size: Size, say: (text: string) => void): Promise<{ server: Server; words: string }> {
  const made = join(folder, 'made.json');
  const wordsFile = join(folder, 'words');
  if (existsSync(made)) {
    const { port } = JSON.parse(readFileSync(made, 'utf8')) as { port: number };
    return { server: await Server.start({ folder, port }), words: readFileSync(wordsFile, 'utf8') };
  }
  rmSync(folder, { recursive: true, force: true });
  const phone = join(folder, 'phone');
  say('writing the folder');
  contacts(phone, size.contacts);
  messages(phone, size.messages);
  photos(phone, size.photos);
  const port = await freePort();
  const server = await Server.start({ folder, port });
  writeFileSync(wordsFile, await server.candor('phone-device', 'words'));
  await server.candor('phone-device', 'join', server.url, '--words-from', wordsFile);
  await server.candor('phone-device', 'on', 'all', '--yes');
  say('sending it');
  say(await server.candor('phone-device', 'backup', phone));
  rmSync(phone, { recursive: true });
  writeFileSync(made, JSON.stringify({ port, ...size }));
  return { server, words: readFileSync(wordsFile, 'utf8') };
}
