/** 24 words as a person types or pastes them; says which is none, and never guesses one. */
import { useEffect, useState } from 'preact/hooks';
import { number, t } from '../i18n';
import { Button, Field } from '../kit';
import { engine } from '../session';

export function WordEntry(props: { error: string; yes: string; onYes: (typed: string) => Promise<void>; onBack: () => void }) {
  const [typed, type] = useState('');
  const [wrong, setWrong] = useState('');
  const [near, setNear] = useState<string[]>([]);
  const count = typed.trim() === '' ? 0 : typed.trim().split(/\s+/).length;
  const last = /\s$/.test(typed) ? '' : (typed.split(/\s+/).at(-1) ?? '');
  useEffect(() => {
    let gone = false;
    void engine.checkWords(typed).then((found) => {
      if (gone) return;
      setWrong(
        found.error === 'unknown-word' && found.at !== null
          ? t('problem.unknown-word', { place: found.at + 1 })
          : found.error === 'wrong-checksum'
            ? t('problem.wrong-checksum')
            : '',
      );
    });
    void engine.completeWord(last).then((words) => !gone && setNear(words.length === 1 && words[0] === last ? [] : words.slice(0, 4)));
    return () => {
      gone = true;
    };
  }, [typed]);
  const complete = (word: string) => {
    type(`${typed.slice(0, typed.length - last.length)}${word} `);
    document.querySelector('textarea')?.focus();
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
      }}
    >
      <Field
        label={t('words.label')}
        lines={5}
        code
        autofocus
        value={typed}
        onInput={type}
        error={props.error || (count >= 24 ? wrong : '')}
        hint={t('words.count', { count: number(count) })}
      />
      <p class="near" aria-live="polite">
        {near.map((w) => (
          <button key={w} type="button" class="chip" onClick={() => complete(w)}>
            {w}
          </button>
        ))}
      </p>
      <div class="actions">
        <Button onClick={props.onBack}>{t('back')}</Button>
        <Button look="main" disabled={count !== 24} onClick={() => props.onYes(typed)}>
          {props.yes}
        </Button>
      </div>
    </form>
  );
}
