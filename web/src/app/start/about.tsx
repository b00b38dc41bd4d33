/** What every way in asks: what this browser is called, and for how long it may know the account. */
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Field } from '../kit';

const HOUR = 3600 * 1000;
const LIMITS = [
  { key: 'start.limit.none', ms: null },
  { key: 'start.limit.day', ms: 24 * HOUR },
  { key: 'start.limit.hour', ms: HOUR },
] as const;

/** "Firefox on Linux": a name that a person will know again in a list. */
function guess(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser';
  const system = /Android/.test(agent)
    ? 'Android'
    : /iPhone|iPad/.test(agent)
      ? 'iOS'
      : /Mac OS/.test(agent)
        ? 'Mac'
        : /Windows/.test(agent)
          ? 'Windows'
          : /Linux/.test(agent)
            ? 'Linux'
            : '';
  return system ? t('start.name.guess', { browser, system }) : browser;
}

export interface AboutBrowser {
  readonly name: string;
  readonly limit: number | null;
}

export const useAbout = (): [AboutBrowser, (about: AboutBrowser) => void] => useState<AboutBrowser>({ name: guess(), limit: null });

export const untilOf = (about: AboutBrowser): number | null => (about.limit === null ? null : Date.now() + about.limit);

export function About({ about, onChange }: { about: AboutBrowser; onChange: (about: AboutBrowser) => void }) {
  return (
    <>
      <Field
        label={t('start.name')}
        hint={t('start.name.hint')}
        value={about.name}
        onInput={(name) => onChange({ ...about, name: name.slice(0, 40) })}
      />
      <fieldset class="choice">
        <legend>{t('start.limit')}</legend>
        {LIMITS.map((l) => (
          <label key={l.key}>
            <input type="radio" name="limit" checked={about.limit === l.ms} onChange={() => onChange({ ...about, limit: l.ms })} />
            <span>{t(l.key)}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
