/** One search over all four kinds. */
import { useEffect, useState } from 'preact/hooks';
import type { Found } from '../engine/lists';
import { KIND_NAMES } from '../protocol/ids';
import { recent, t } from './i18n';
import { Icon } from './icons';
import { Empty } from './kit';
import { engine, href, notice, tried } from './session';

/** Of typing: shorter than most people need for the next letter, long enough for those who are quick. */
const WAIT_MS = 60;

const target = (f: Found): string => href(KIND_NAMES[f.kind], f.kind === 3 ? f.thread : f.record);

export function Search() {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<Found[] | null>(null);
  // What is searched is made ready while the person thinks of a word.
  useEffect(() => void engine.search('').catch(() => {}), [notice.value.version]);
  useEffect(() => {
    if (query.trim() === '') {
      setFound(null);
      return;
    }
    const timer = setTimeout(() => void tried(() => engine.search(query)).then((f) => setFound(f ?? [])), WAIT_MS);
    return () => clearTimeout(timer);
  }, [query, notice.value.version]);
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
      {found?.length === 0 && <Empty icon="search" title={t('search.nothing')} />}
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
