/**
 * Photos and films on their way in. Each is read once for its content id, then sealed piece by piece into the store; from then on it needs no file any more, and is sent by the outbox,
 * whatever happens to the page. A file that was chosen before is recognised by its content id and not sent again.
 */
import { MediaSource } from '../formats/media-source';
import { photoPath, photoView, readPhoto, takenOf } from '../formats/photo';
import { type Bytes, concat, hex, label, unhex } from '../protocol/bytes';
import type { Cbor, CborMap } from '../protocol/cbor';
import { contentId } from '../protocol/content-id';
import { type Id, randomId, recordId } from '../protocol/ids';
import type { RecordFile } from '../protocol/record';
import type { Desk } from './desk';
import { stageFile } from './files';
import type { VaultKeys } from './key-ring';
import { isRemoved } from './library';
import type { Draft, Outbox, Waiting } from './outbox';
import { makePreview } from './previews';
import { isForLater, type Sender } from './send';
import type { Store } from './store';

const KIND = 4;
/** So much may lie sealed in the store before it is sent; a larger file comes alone. */
const MAX_STAGED = 256 << 20;
const RATE_OVER_MS = 8000;
const MAX_FAILED = 50;

/** A file that a person chose. `poster`: a picture of a film, which only the page can take. */
export interface Chosen {
  readonly file: File;
  readonly poster?: Blob;
}

export interface UploadState {
  readonly files: number;
  readonly done: number;
  /** Were here already. */
  readonly known: number;
  readonly bytes: number;
  readonly sent: number;
  /** Bytes a second over the last seconds; 0: not known. */
  readonly rate: number;
  readonly paused: boolean;
  /** Names of files that could not be read. */
  readonly failed: string[];
  /** Files that were chosen, and not read before the page was closed. */
  readonly lost: number;
}

export class Uploads {
  private queue: Chosen[] = [];
  private reading = false;
  private stopped = false;
  private files = 0;
  private known = 0;
  private bytes = 0;
  private sentBytes = 0;
  private lost = 0;
  private failed: string[] = [];
  /** Bytes of pieces that are not sent, by name. */
  private readonly left = new Map<string, number>();
  private samples: { at: number; sent: number }[] = [];
  private names: Set<string> | undefined;
  private wait: (() => void) | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly sender: Sender,
    private readonly changed: () => void,
  ) {}

  /** What an earlier page left: rows go on by themselves, files that were not read have to be chosen again. */
  async begin(): Promise<void> {
    for (const row of this.rows) this.count(row);
    this.files = this.rows.length;
    this.lost = (await this.store.get('unread')) ?? 0;
    this.sender.paused = (await this.store.get('paused')) ?? false;
    if (this.lost > 0) await this.store.remove('unread');
  }

  private get rows(): Waiting[] {
    return this.outbox.all.filter((r) => r.kind === KIND && r.pieces.length > 0);
  }

  private count(row: Waiting): void {
    for (const change of row.changes)
      for (const f of change.content?.files ?? [])
        for (const p of f.pieces) {
          const name = hex(p.blob);
          if (!row.pieces.includes(name) || this.left.has(name)) continue;
          this.left.set(name, p.length);
          this.bytes += p.length;
        }
  }

  /** The sender has sent a piece, or found that the server has it. */
  sent(piece: string): void {
    const length = this.left.get(piece);
    if (length === undefined) return;
    this.left.delete(piece);
    this.sentBytes += length;
    const now = Date.now();
    this.samples = [...this.samples.filter((s) => now - s.at < RATE_OVER_MS), { at: now, sent: this.sentBytes }];
    this.wait?.();
  }

  /** Rows that a person gave up. */
  forget(rows: readonly Waiting[]): void {
    for (const row of rows) {
      for (const piece of row.pieces) {
        this.bytes -= this.left.get(piece) ?? 0;
        this.left.delete(piece);
      }
      if (row.kind === KIND && row.pieces.length > 0) this.files--;
    }
    this.wait?.();
  }

  async add(chosen: Chosen[]): Promise<void> {
    this.desk.target(KIND, null);
    if (!this.busy) this.forgetDone();
    this.queue.push(...chosen);
    this.files += chosen.length;
    await this.store.set('unread', this.queue.length);
    this.changed();
    void this.read();
  }

  get busy(): boolean {
    return this.queue.length > 0 || this.reading || this.rows.length > 0;
  }

  async pause(on: boolean): Promise<void> {
    this.sender.paused = on;
    this.samples = [];
    await this.store.set('paused', on);
    if (!on) {
      void this.sender.flush().catch(() => {});
      void this.read();
    }
    this.wait?.();
    this.changed();
  }

  /** What is done is no news any more. */
  dismiss(): void {
    this.forgetDone();
    this.failed = [];
    this.lost = 0;
    this.changed();
  }

  private forgetDone(): void {
    this.files = this.queue.length + (this.reading ? 1 : 0) + this.rows.length + this.failed.length;
    Object.assign(this, { known: 0, bytes: 0, sentBytes: 0, samples: [] });
    for (const length of this.left.values()) this.bytes += length;
  }

  stop(): void {
    this.stopped = true;
    this.queue = [];
    this.wait?.();
  }

  state(): UploadState | null {
    if (this.files === 0 && this.lost === 0 && this.failed.length === 0) return null;
    const waiting = this.queue.reduce((sum, c) => sum + c.file.size, 0);
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    const rate = first && last && last.at > first.at ? ((last.sent - first.sent) * 1000) / (Math.max(Date.now(), last.at) - first.at) : 0;
    return {
      files: this.files,
      done: this.files - this.queue.length - (this.reading ? 1 : 0) - this.rows.length,
      known: this.known,
      bytes: this.bytes + waiting,
      sent: this.sentBytes,
      rate,
      paused: this.sender.paused,
      failed: this.failed,
      lost: this.lost,
    };
  }

  /** One file after the other, by one reader. */
  private async read(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      await this.readAll();
    } finally {
      this.running = false;
    }
    // One that was added while the last was being finished.
    if (this.queue.length > 0 && !this.sender.paused && !this.stopped) void this.read();
  }
  private running = false;

  private async readAll(): Promise<void> {
    while (this.queue.length > 0 && !this.stopped) {
      if (this.sender.paused) return;
      await this.room();
      if (this.sender.paused) continue;
      const next = this.queue.shift();
      if (!next) break;
      this.reading = true;
      await this.store.set('unread', this.queue.length + 1);
      this.changed();
      try {
        if (await this.take(next)) void this.sender.flush().catch((e) => isForLater(e) || this.changed());
        else this.known++;
      } catch {
        // A file that went, or that the disk has no room for: told by name, and the others go on.
        if (this.failed.length < MAX_FAILED) this.failed.push(next.file.name);
      }
      this.reading = false;
      this.changed();
    }
    this.names = undefined;
    if (!this.stopped) await this.store.remove('unread');
  }

  private async room(): Promise<void> {
    const staged = () => [...this.left.values()].reduce((sum, n) => sum + n, 0);
    while (staged() > MAX_STAGED && !this.sender.paused && !this.stopped) {
      await new Promise<void>((resolve) => {
        this.wait = resolve;
      });
    }
    this.wait = undefined;
  }

  /** False: it is in the account already. */
  private async take({ file, poster }: Chosen): Promise<boolean> {
    const { account } = this.desk;
    const { keys } = this.desk.target(KIND, null);
    const read = async (at: number, n: number): Promise<Bytes> => new Uint8Array(await file.slice(at, at + n).arrayBuffer());
    const content = await contentId(keys.contentKey, keys.idKey, file.size, read);
    const record = recordId(keys.idKey, concat(label('c:'), unhex(content)));
    const entry = account.library.entry(KIND, record);
    const waiting = this.outbox.waiting(record);
    if (waiting ? waiting.content : entry && !isRemoved(entry)) return false;
    const facts = await readPhoto(new MediaSource(file.size, read));
    const modified = file.lastModified > 0 ? Math.floor(file.lastModified) : undefined;
    const taken = takenOf(facts, file.name, modified);
    const type = facts.type === 'application/octet-stream' && file.type ? file.type : facts.type;
    const view = photoView({ ...facts, type }, taken, file.size, modified);
    const revision = randomId();
    const name = this.freeName(photoPath(taken, file.name));
    const own = name.slice(name.lastIndexOf('/') + 1);
    const owner = { account: account.id, kind: KIND, record } as const;
    const whole = await stageFile(this.store, owner, keys, { role: 'blob', name: own, mediaType: type, revision }, file, content);
    const drafts: Draft[] = [{ record, revision, all: true, content: { name, original: new Uint8Array(0), view, files: [whole] } }];
    const preview = await this.preview(record, keys, poster ?? (type.startsWith('image/') ? file : null), poster ? 0 : facts.width * facts.height);
    if (preview) drafts.push(preview);
    const row = await this.outbox.add(KIND, account.size, Date.now(), drafts, (id) => account.library.entry(KIND, id));
    this.sender.madeNow(row);
    this.count(row);
    return true;
  }

  private async preview(photo: Id, keys: VaultKeys, picture: Blob | null, pixels: number): Promise<Draft | null> {
    // Whatever a decoder does, the photo itself comes in.
    const made = picture && (await makePreview(picture, pixels).catch(() => null));
    if (!made) return null;
    const record = recordId(keys.idKey, concat(label('v:'), unhex(photo)));
    const revision = randomId();
    const owner = { account: this.desk.account.id, kind: KIND, record } as const;
    const files: RecordFile[] = [];
    if (made.large) files.push(await stageFile(this.store, owner, keys, { role: 'preview', name: '', mediaType: made.type, revision }, made.large));
    const view: CborMap = new Map<string, Cbor>([
      ['of', unhex(photo)],
      ['thumb', made.thumb],
      ['type', made.type],
    ]);
    return { record, revision, all: true, content: { name: '', original: new Uint8Array(0), view, files } };
  }

  private freeName(name: string): string {
    this.names ??= new Set(this.desk.shown(KIND).map((e) => e.summary?.name.toLowerCase() ?? ''));
    const dot = name.lastIndexOf('.');
    const [stem, ending] = dot > name.lastIndexOf('/') ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let n = 2; this.names.has(free.toLowerCase()); n++) free = `${stem} (${n})${ending}`;
    this.names.add(free.toLowerCase());
    return free;
  }
}
