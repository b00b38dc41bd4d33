/** A real candor-server on a free port, the CLI as another device, and engines in Node over an in-memory IndexedDB. The programs come from CANDOR_SERVER and CANDOR_PROGRAM, as in ./test. */
import 'fake-indexeddb/auto';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Engine } from '../../src/engine/engine';
import type { Wire } from '../../src/engine/gate';
import type { Notice } from '../../src/engine/rpc';

const root = resolve(import.meta.dirname, '../../..');
export const serverProgram = process.env.CANDOR_SERVER ?? join(root, 'out/server/candor-server');
export const clientProgram = process.env.CANDOR_PROGRAM ?? join(root, 'out/candor/candor');

/** Of Debian's faketime. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** Below the ports that the system gives to connections by itself (from 32768), so that the server finds it free when it starts, and each time that it comes back. Above 10080, which browsers refuse. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const free = await new Promise<boolean>((done) => {
      const probe = createServer().once('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}

export class Server {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private process: ChildProcess,
    private readonly kept: boolean,
  ) {}

  /** @param at A folder that stays, and its address: what is in it is served again. */
  static async start(at?: { folder: string; port: number }): Promise<Server> {
    for (const program of [serverProgram, clientProgram]) if (!existsSync(program)) throw new Error(`${program} is not built: ./test builds it`);
    const folder = at?.folder ?? mkdtempSync(join(tmpdir(), 'candor-web-'));
    const url = `http://127.0.0.1:${at?.port ?? (await freePort())}`;
    const server = new Server(url, folder, Server.spawn(folder, url), at !== undefined);
    await server.ready();
    return server;
  }

  private static spawn(folder: string, url: string, later = 0): ChildProcess {
    return spawn(serverProgram, ['serve', '--data', join(folder, 'data'), '--urls', url, '--log', 'warning'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: later === 0 ? process.env : { ...process.env, LD_PRELOAD: FAKETIME, FAKETIME: `+${later}h` },
    });
  }

  private async ready(): Promise<void> {
    for (const until = Date.now() + 60_000; Date.now() < until; ) {
      if (
        await fetch(`${this.url}/health/live`).then(
          (r) => r.ok,
          () => false,
        )
      )
        return;
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error('the server did not start');
  }

  /** Gone, as if the network were cut; its folder stays. */
  async halt(): Promise<void> {
    this.process.kill();
    await new Promise((r) => this.process.once('exit', r));
  }
  /** There again, at the same address. @param later Hours by which its clock is ahead. */
  async resume(later = 0): Promise<void> {
    this.process = Server.spawn(this.folder, this.url, later);
    await this.ready();
  }

  async stop(): Promise<void> {
    await this.halt();
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs the CLI as a device of its own. */
  async candor(home: string, ...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(clientProgram, ['--home', join(this.folder, home), ...args], {
      env: { ...process.env, CANDOR_HOME: '' },
      maxBuffer: 64 << 20,
    });
    return stdout;
  }
}

/** Node's fetch has no origin to be the same as. */
const wire: Wire = (url, { mode: _, ...init }) => fetch(url, init);

let databases = 0;

export interface Browser {
  readonly engine: Engine;
  readonly notices: Notice[];
}

export async function browser(url: string, through: Wire = wire): Promise<Browser> {
  const notices: Notice[] = [];
  const engine = new Engine(url, (n) => notices.push(n), { wire: through, database: `test-${++databases}` });
  await engine.start();
  return { engine, notices };
}

export { wire };

/** Asks until it is so. Patiently: a busy machine is slow, not wrong. */
export async function until<T>(what: () => T | Promise<T>, says: string, seconds = 60): Promise<NonNullable<T>> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const value = await what();
    if (value) return value as NonNullable<T>;
    await new Promise((r) => setTimeout(r, 50));
  }
  throw new Error(`did not happen: ${says}`);
}
