/** A text to send, for what today is. The days are computed here, the texts are files that are the same for everyone, and what sends them is the device's own app. Loaded when it is asked for. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Person } from '../engine/engine';
import { KIND_WORDS } from '../formats/greeting-pack';
import { plainAddress } from '../formats/message';
import { birthdayOf, COUNTRIES, DATED, DATELESS, type Day, isNearly, nextOf, occasionsOn, todayOf } from '../occasions';
import { countryHere, date, locale, nameOf, t } from './i18n';
import { Avatar, Button, Empty } from './kit';
import { engine, go, problemText, route, say, tried, useEngine } from './session';

/** Set by the build: for each language that has a pack, the SHA-256 of it. */
declare const __PACKS__: Record<string, string>;

const COMING_DAYS = 21;
const DAY_MS = 86_400_000;
const MATCHES = 6;

type Pack = Awaited<ReturnType<typeof engine.greetings>>;
type Names = Record<string, string>;
const files = import.meta.glob<{ default: Names }>('./occasion-names/*.json');

/** What was chosen stays while the page stands. */
const chosen = { language: '', country: null as string | null };

/** The pack whose language is nearest to a tag. */
export function nearest(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return Object.keys(__PACKS__).find((l) => l === tag || l === `${language}-${script}` || l === language) ?? 'en';
}

function useNames(): Names {
  const [names, set] = useState<Names>({});
  useEffect(() => {
    const file = files[`./occasion-names/${locale.value}.json`] ?? files['./occasion-names/en.json']!;
    void tried(async () => set((await file()).default));
  }, [locale.value]);
  return names;
}

function usePack(language: string): Pack | string | null {
  const [pack, set] = useState<Pack | string | null>(null);
  useEffect(() => {
    let gone = false;
    set(null);
    engine.greetings(language, __PACKS__).then(
      (p) => !gone && set(p),
      (e) => !gone && set(problemText(e)),
    );
    return () => {
      gone = true;
    };
  }, [language]);
  return pack;
}

export function GreetingsView() {
  const [, what = '', which = ''] = route.value;
  const people = useEngine(() => engine.people());
  const names = useNames();
  const [language, setLanguage] = useState(chosen.language || nearest(locale.value));
  const [country, setCountry] = useState(chosen.country ?? countryHere());
  const pack = usePack(language);
  const [today] = useState(() => todayOf(new Date()));
  const person = people && whom(people, what, which);
  const birthdays = useMemo(() => (people ?? []).flatMap((p) => withBirthday(p, today)), [people, today]);
  const days = useMemo(() => daysFrom(today, country), [today, country]);
  const ofToday = [...(birthdays.some((b) => b.next === today) ? ['birthday'] : []), ...(days.get(today) ?? [])];
  const [asked, ask] = useState<string | null>(null);
  const occasion = asked ?? ofToday[0] ?? DATELESS[1];
  if (!people) return null;
  const name = (id: string) => names[id] ?? id;
  const soon = birthdays
    .filter((b) => b.next > today && b.next < today + COMING_DAYS)
    .sort((a, b) => a.next - b.next)
    .slice(0, MATCHES);
  const greet = (b: Coming) => {
    ask('birthday');
    go('greetings', 'contact', b.person.record);
  };
  return (
    <div class="page greetings">
      <header class="view-head">
        <h1>{t('nav.greetings')}</h1>
      </header>
      <p class="lead">{t('greetings.text')}</p>
      <section class="greet-today" aria-label={t('greetings.today')}>
        <h2>{t('greetings.today')}</h2>
        {ofToday.length === 0 ? (
          <p class="hint">{t('greetings.plain')}</p>
        ) : (
          <div class="chips">
            {birthdays
              .filter((b) => b.next === today)
              .map((b) => (
                <button
                  key={b.person.record}
                  type="button"
                  class="chip-button"
                  aria-pressed={occasion === 'birthday' && which === b.person.record}
                  onClick={() => greet(b)}
                >
                  {`${name('birthday')}: ${aged(b)}`}
                </button>
              ))}
            {(days.get(today) ?? []).map((id) => (
              <button key={id} type="button" class="chip-button" aria-pressed={id === occasion} onClick={() => ask(id)}>
                {name(id)}
              </button>
            ))}
          </div>
        )}
      </section>
      {soon.length > 0 && (
        <section class="greet-today" aria-label={t('greetings.birthdays')}>
          <h2>{t('greetings.birthdays')}</h2>
          <div class="chips">
            {soon.map((b) => (
              <button
                key={b.person.record}
                type="button"
                class="chip-button"
                aria-pressed={occasion === 'birthday' && which === b.person.record}
                onClick={() => greet(b)}
              >
                {`${date(b.next * DAY_MS)}: ${aged(b)}`}
              </button>
            ))}
          </div>
        </section>
      )}
      <div class="greet-choose">
        <Chosen label={t('greetings.occasion')} value={occasion} onChoose={ask}>
          <Occasions today={today} days={days} pack={typeof pack === 'object' ? pack : null} name={name} chosen={occasion} />
        </Chosen>
        <Chosen
          label={t('greetings.language')}
          value={language}
          onChoose={(l) => {
            chosen.language = l;
            setLanguage(l);
          }}
        >
          {Object.keys(__PACKS__).map((l) => (
            <option key={l} value={l}>
              {nameOf('language', l)}
            </option>
          ))}
        </Chosen>
        <Chosen
          label={t('greetings.country')}
          value={COUNTRIES.includes(country) ? country : ''}
          onChoose={(c) => {
            chosen.country = c;
            setCountry(c);
            ask(null);
          }}
        >
          <option value="">{t('greetings.country.none')}</option>
          {COUNTRIES.map((c) => (
            <option key={c} value={c}>
              {nameOf('region', c)}
            </option>
          ))}
        </Chosen>
      </div>
      <When occasion={occasion} today={today} country={country} birthday={person?.bday ?? ''} />
      {typeof pack === 'string' ? (
        <p class="error" role="alert">
          {pack}
        </p>
      ) : pack ? (
        <Offered
          key={`${language}/${occasion}`}
          pack={pack}
          occasion={occasion}
          language={language}
          today={today}
          onEnglish={() => setLanguage('en')}
          person={person ?? null}
          people={people}
        />
      ) : (
        <p aria-busy="true" />
      )}
    </div>
  );
}

function Chosen(props: { label: string; value: string; onChoose: (value: string) => void; children: preact.ComponentChildren }) {
  return (
    <label class="field">
      {props.label}
      <select value={props.value} onChange={(e) => props.onChoose(e.currentTarget.value)}>
        {props.children}
      </select>
    </label>
  );
}

function Occasions(props: { today: Day; days: Map<Day, string[]>; pack: Pack | null; name: (id: string) => string; chosen: string }) {
  const { today, days, pack, name } = props;
  const has = new Set(pack?.entries.map((e) => e.occasion));
  const coming = [...days].filter(([day]) => day > today).flatMap(([day, ids]) => ids.filter((id) => has.has(id)).map((id) => ({ id, day })));
  const first = coming.filter((c, i) => coming.findIndex((o) => o.id === c.id) === i && !(days.get(today) ?? []).includes(c.id));
  const used = new Set([...(days.get(today) ?? []), ...first.map((c) => c.id)]);
  const others = [...DATED, ...has].filter((id, i, all) => has.has(id) && !used.has(id) && !isDateless(id) && all.indexOf(id) === i);
  const option = (id: string, text = name(id)) => (
    <option key={id} value={id}>
      {text}
    </option>
  );
  return (
    <>
      {(days.get(today) ?? []).length > 0 && <optgroup label={t('greetings.today')}>{days.get(today)!.map((id) => option(id))}</optgroup>}
      <optgroup label={t('greetings.any')}>{DATELESS.filter((id) => has.has(id) || id === props.chosen).map((id) => option(id))}</optgroup>
      {first.length > 0 && (
        <optgroup label={t('greetings.coming')}>{first.map((c) => option(c.id, `${name(c.id)} · ${date(c.day * DAY_MS)}`))}</optgroup>
      )}
      <optgroup label={t('greetings.others')}>{others.sort((a, b) => name(a).localeCompare(name(b), locale.value)).map((id) => option(id))}</optgroup>
    </>
  );
}

const isDateless = (id: string): boolean => (DATELESS as readonly string[]).includes(id);

/** When it is, where that is not today, and how sure that is. */
function When({ occasion, today, country, birthday }: { occasion: string; today: Day; country: string; birthday: string }) {
  const next = useMemo(
    () => (occasion === 'birthday' ? (birthdayOf(birthday, today)?.next ?? null) : nextOf(occasion, today, country)),
    [occasion, today, country, birthday],
  );
  const said = [
    next !== null && next !== today ? t('greetings.next', { when: date(next * DAY_MS) }) : '',
    isNearly(occasion) ? t('greetings.nearly') : '',
  ];
  return said.some(Boolean) ? <p class="hint">{said.filter(Boolean).join(' ')}</p> : null;
}

function Offered(props: {
  pack: Pack;
  occasion: string;
  language: string;
  today: Day;
  onEnglish: () => void;
  person: Person | null;
  people: Person[];
}) {
  const { pack, occasion, language } = props;
  const [kind, choose] = useState('');
  const all = pack.entries.filter((e) => e.occasion === occasion);
  const kinds = KIND_WORDS.filter((_, k) => all.some((e) => e.kind === k));
  const some = kind === '' ? all : all.filter((e) => KIND_WORDS[e.kind] === kind);
  const [shown, show] = useState(props.today);
  const greeting = some[shown % some.length];
  if (!greeting)
    return (
      <Empty icon="heart" title={t('greetings.none', { language: nameOf('language', language) })}>
        {language !== 'en' && <Button onClick={props.onEnglish}>{t('greetings.english')}</Button>}
      </Empty>
    );
  return (
    <>
      {pack.refused !== '' && <p class="notice">{t('greetings.older')}</p>}
      <article class="card greeting">
        {kinds.length > 1 && (
          <fieldset class="chips choose" aria-label={t('greetings.kind')}>
            {['', ...kinds].map((k) => (
              <button key={k} type="button" class="chip" aria-pressed={k === kind} onClick={() => choose(k)}>
                {t(k === '' ? 'greetings.kind.all' : `greetings.kind.${k as (typeof KIND_WORDS)[number]}`)}
              </button>
            ))}
          </fieldset>
        )}
        <p class="greeting-text" lang={language} dir="auto" aria-live="polite">
          {greeting.text}
        </p>
        <small>{t('greetings.by', { author: greeting.author, licence: greeting.licence })}</small>
        <div class="actions">
          <small class="grow">{t('greetings.of', { n: (shown % some.length) + 1, all: some.length })}</small>
          <Button icon="sync" disabled={some.length < 2} onClick={() => show(shown + 1)}>
            {t('greetings.another')}
          </Button>
          <Button onClick={() => tried(() => navigator.clipboard.writeText(greeting.text).then(() => say(t('greetings.copied'))))}>
            {t('greetings.copy')}
          </Button>
          {'share' in navigator && <Button onClick={() => navigator.share({ text: greeting.text }).catch(() => {})}>{t('greetings.share')}</Button>}
        </div>
      </article>
      <To person={props.person} people={props.people} text={greeting.text} />
    </>
  );
}

/** Who gets it: links that open the app that sends. Without a person that app asks for one. */
function To({ person, people, text }: { person: Person | null; people: Person[]; text: string }) {
  const [query, setQuery] = useState('');
  const wanted = query.trim().toLocaleLowerCase();
  const found = wanted === '' ? [] : people.filter((p) => p.name.toLocaleLowerCase().includes(wanted)).slice(0, MATCHES);
  const body = encodeURIComponent(text);
  const numbers = person?.tel.map((value) => ({ value, href: `sms:${callable(value)}?body=${body}` })) ?? [{ value: '', href: `sms:?body=${body}` }];
  const mails = person?.email.map((value) => ({ value, href: `mailto:${encodeURIComponent(value)}?body=${body}` })) ?? [
    { value: '', href: `mailto:?body=${body}` },
  ];
  return (
    <section class="card greet-to">
      <h2>{t('greetings.for')}</h2>
      {person ? (
        <div class="row-top">
          <Avatar name={person.name} />
          <strong class="grow">{person.name || t('contacts.nameless')}</strong>
          <Button look="quiet" onClick={() => go('greetings')}>
            {t('greetings.for.clear')}
          </Button>
        </div>
      ) : (
        people.length > 0 && (
          <>
            <input
              type="search"
              aria-label={t('greetings.for.find')}
              placeholder={t('greetings.for.find')}
              value={query}
              onInput={(e) => setQuery(e.currentTarget.value)}
            />
            <ul class="menu">
              {found.map((p) => (
                <li key={p.record}>
                  <button
                    type="button"
                    class="row"
                    onClick={() => {
                      setQuery('');
                      go('greetings', 'contact', p.record);
                    }}
                  >
                    <Avatar name={p.name} />
                    <span class="row-text">
                      <strong>{p.name}</strong>
                      <small>{[...p.tel, ...p.email].join(' · ')}</small>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )
      )}
      <div class="actions start">
        {numbers.map((n) => (
          <a key={n.href} class="button plain" href={n.href}>
            {[t('greetings.sms'), n.value].filter(Boolean).join(' · ')}
          </a>
        ))}
        {mails.map((m) => (
          <a key={m.href} class="button plain" href={m.href}>
            {[t('greetings.mail'), m.value].filter(Boolean).join(' · ')}
          </a>
        ))}
      </div>
      <p class="hint">{t('greetings.leaves')}</p>
    </section>
  );
}

/** As a link has it: what is no number goes in as it is, and is quoted. */
const callable = (value: string): string => encodeURIComponent(plainAddress(value)).replaceAll('%2B', '+');

/** A contact by its record; a conversation by its addresses, with the name of the contact that has one of them. */
function whom(people: Person[], what: string, which: string): Person | null {
  if (what === 'contact') return people.find((p) => p.record === which) ?? null;
  if (what !== 'thread' || which === '') return null;
  const addresses = which.split('~');
  const known = addresses.length === 1 ? people.find((p) => [...p.tel, ...p.email].some((a) => plainAddress(a) === addresses[0])) : undefined;
  const isMail = (a: string) => a.includes('@');
  return {
    record: '',
    name: known?.name ?? addresses.join(', '),
    tel: addresses.filter((a) => !isMail(a)),
    email: addresses.filter(isMail),
    bday: known?.bday ?? '',
  };
}

interface Coming {
  readonly person: Person;
  readonly next: Day;
  readonly age: number | null;
}

function withBirthday(person: Person, today: Day): Coming[] {
  const birthday = person.bday === '' ? null : birthdayOf(person.bday, today);
  return birthday ? [{ person, ...birthday }] : [];
}

const aged = ({ person, age }: Coming): string => (age === null ? person.name : t('greetings.age', { name: person.name, age }));

function daysFrom(today: Day, country: string): Map<Day, string[]> {
  return new Map(
    Array.from({ length: COMING_DAYS }, (_, i) => [today + i, occasionsOn(today + i, country)] as const).filter(([, ids]) => ids.length > 0),
  );
}
