/** One search over all four kinds. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, Found } from '../engine/engine';
import { KIND_NAMES } from '../protocol/ids';
import { recent, t } from './i18n';
import { Icon } from './icons';
import { Empty } from './kit';
import { engine, href, notice, tried } from './session';

/** Between two questions: shorter than most people need for the next letter, long enough for those who are quick. A letter after a rest is asked at once. */
const WAIT_MS = 60;

const NOTHING: Answer = { found: [], whole: true, parts: 0 };

const target = (f: Found): string => href(KIND_NAMES[f.kind], f.kind === 3 ? f.thread : f.record);

export function Search() {
  const [query, setQuery] = useState('');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const asked = useRef(Number.NEGATIVE_INFINITY);
  // What is searched is made ready while the person thinks of a word.
  useEffect(() => void engine.search('').catch(() => {}), [notice.value.version]);
  useEffect(() => {
    if (query.trim() === '') {
      setAnswer(null);
      return;
    }
    let isOver = false;
    /** What is found so far, and again as long as there is more to come. */
    const ask = async () => {
      asked.current = performance.now();
      for (let seen = 0; !isOver; ) {
        const next = (await tried(() => engine.search(query, seen))) ?? NOTHING;
        if (isOver) return;
        setAnswer(next);
        if (next.whole) return;
        seen = next.parts;
      }
    };
    const timer = setTimeout(() => void ask(), Math.max(0, asked.current + WAIT_MS - performance.now()));
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [query, notice.value.version]);
  const found = answer?.found;
  return (
    <div class="page">
      <header class="view-head">
        <h1>{t('nav.search')}</h1>
      </header>
      <div class="filter large">
        <input
          type="search"
          aria-label={t('search.label')}
          placeholder={t('search.label')}
          value={query}
          ref={(e) => e?.focus()}
          onInput={(e) => setQuery(e.currentTarget.value)}
        />
      </div>
      {!found && (
        <Empty icon="search" title={t('search.title')}>
          <p>{t('search.text')}</p>
        </Empty>
      )}
      {answer && !answer.whole && <p class="still">{t('search.still')}</p>}
      {found?.length === 0 && answer?.whole && <Empty icon="search" title={t('search.nothing')} />}
      <p class="visually-hidden" role="status">
        {found ? t('search.count', { count: found.length }) : ''}
      </p>
      <ul class="results">
        {found?.map((f) => (
          <li key={`${f.kind}${f.record}`}>
            <a class="row" href={target(f)}>
              <span class="badge small">
                <Icon name={KIND_NAMES[f.kind]} />
              </span>
              <span class="row-text">
                <span class="row-top">
                  <strong>{f.title}</strong>
                  <time>{recent(f.date)}</time>
                </span>
                <small>{f.text}</small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
