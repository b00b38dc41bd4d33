/** What every way in asks first: what this browser is called, for how long it may know the account, and what of it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { KIND_NAMES, KINDS, type Kind } from '../../protocol/ids';
import { t } from '../i18n';
import { Button, Field } from '../kit';

const HOUR = 3600 * 1000;
const LIMITS = [
  { key: 'start.limit.none', ms: null },
  { key: 'start.limit.month', ms: 30 * 24 * HOUR },
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
  readonly kinds: readonly Kind[];
}

export const useAbout = (): [AboutBrowser, (about: AboutBrowser) => void] => useState<AboutBrowser>({ name: guess(), limit: null, kinds: KINDS });

/** As the engine takes it: until when, and which kinds. */
export const limitsOf = (about: AboutBrowser): [until: number | null, kinds: Kind[]] => [
  about.limit === null ? null : Date.now() + about.limit,
  [...about.kinds],
];

/** The step; `children` is what a way in asks besides. */
export function About(props: {
  about: AboutBrowser;
  onChange: (about: AboutBrowser) => void;
  onBack: () => void;
  onNext: () => unknown;
  disabled?: boolean;
  children?: ComponentChildren;
}) {
  const { about, onChange } = props;
  const isLimited = about.limit !== null || about.kinds.length < KINDS.length;
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
      <fieldset class="choice two">
        <legend>{t('start.kinds')}</legend>
        <p class="hint">{t('start.kinds.hint')}</p>
        {KINDS.map((k) => (
          <label key={k}>
            <input
              type="checkbox"
              checked={about.kinds.includes(k)}
              onChange={() => onChange({ ...about, kinds: KINDS.filter((o) => (o === k) !== about.kinds.includes(o)) })}
            />
            <span>{t(`nav.${KIND_NAMES[k]}`)}</span>
          </label>
        ))}
      </fieldset>
      {isLimited && <p class="notice">{t('start.limits.truth')}</p>}
      {props.children}
      <div class="actions">
        <Button onClick={props.onBack}>{t('back')}</Button>
        <Button look="main" disabled={about.kinds.length === 0 || props.disabled === true} onClick={props.onNext}>
          {t('continue')}
        </Button>
      </div>
    </>
  );
}
