/** Chromium with a profile that stays, and what it costs: time of all its processes, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { type BrowserContext, chromium } from 'playwright-core';
import { DESK } from '../browser/harness';

const TICKS = 100;

export const launch = (profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    executablePath: process.env.CANDOR_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    viewport: DESK,
    locale: 'en-GB',
  });

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function processes(): Process[] {
  const found: Process[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const f = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      found.push({ pid: Number(name), parent: Number(f[1]), ticks: Number(f[11]) + Number(f[12]) });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

function isRoot(pid: number, profile: string): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return line.includes(`--user-data-dir=${profile}\0`) && !line.includes('--type=');
  } catch {
    return false;
  }
}

/** Seconds of CPU that this browser's processes that live now have used. */
export function cpuOf(profile: string): number {
  const all = processes();
  const ours = new Set(all.filter((p) => isRoot(p.pid, profile)).map((p) => p.pid));
  for (let grown = true; grown; ) {
    grown = false;
    for (const p of all) {
      if (ours.has(p.pid) || !ours.has(p.parent)) continue;
      ours.add(p.pid);
      grown = true;
    }
  }
  return all.filter((p) => ours.has(p.pid)).reduce((sum, p) => sum + p.ticks, 0) / TICKS;
}
