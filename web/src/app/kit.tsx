/** Small pieces that every view is made of. */
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from './i18n';
import { Icon, type IconName } from './icons';

type ButtonProps = {
  children?: ComponentChildren;
  icon?: IconName;
  look?: 'main' | 'plain' | 'quiet' | 'danger';
  label?: string;
  busy?: boolean;
  type?: 'button' | 'submit';
  onClick?: () => unknown;
  disabled?: boolean;
};

/** A button that is busy while what it started runs, so that nothing is done twice. */
export function Button({ children, icon, look = 'plain', label, busy = false, type = 'button', onClick, disabled = false }: ButtonProps) {
  const [running, run] = useState(false);
  const click = async () => {
    if (!onClick || running) return;
    run(true);
    try {
      await onClick();
    } finally {
      run(false);
    }
  };
  return (
    <button
      type={type}
      class={`button ${look}${children ? '' : ' round'}`}
      disabled={disabled || busy || running}
      aria-busy={busy || running}
      aria-label={label}
      title={label}
      onClick={() => void click()}
    >
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  );
}

type FieldProps = {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string;
  error?: string;
  keyboard?: 'text' | 'tel' | 'email';
  lines?: number;
  autofocus?: boolean;
  code?: boolean;
  /** A password: not shown as it is typed. */
  secret?: boolean;
};

let ids = 0;

export function Field({ label, value, onInput, hint, error, keyboard = 'text', lines, autofocus, code, secret }: FieldProps) {
  const [id] = useState(() => `field-${++ids}`);
  const common = {
    id,
    value,
    'aria-describedby': hint || error ? `${id}-more` : undefined,
    'aria-invalid': error ? true : undefined,
    autocomplete: 'off',
    autocapitalize: code ? 'none' : undefined,
    spellcheck: code ? false : undefined,
    class: code ? 'code' : undefined,
  } as const;
  const focus = (element: HTMLElement | null) => {
    if (element && autofocus) element.focus();
  };
  const [first] = useState(() => ({ done: false }));
  const once = (element: HTMLElement | null) => {
    if (!first.done) focus(element);
    first.done = element !== null || first.done;
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {secret ? (
        <input {...common} type="password" ref={once} onInput={(e) => onInput(e.currentTarget.value)} />
      ) : lines ? (
        <textarea {...common} rows={lines} ref={once} onInput={(e) => onInput(e.currentTarget.value)} />
      ) : (
        <input {...common} type="text" inputMode={keyboard} ref={once} onInput={(e) => onInput(e.currentTarget.value)} />
      )}
      {(error || hint) && (
        <p id={`${id}-more`} class={error ? 'error' : 'hint'}>
          {error || hint}
        </p>
      )}
    </div>
  );
}

export function Switch({ label, on, onChange, disabled = false }: { label: string; on: boolean; onChange: () => unknown; disabled?: boolean }) {
  return (
    <button type="button" role="switch" class="switch" aria-checked={on} aria-label={label} disabled={disabled} onClick={() => void onChange()}>
      <span />
    </button>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <div class="badge">
        <Icon name={icon} />
      </div>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A sheet over the page: closes by Escape, by its button and by a click beside it. Focus stays in it. */
export function Sheet({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = dialog.current;
    if (d && !d.open) d.showModal();
    return () => d?.close();
  }, []);
  const beside = (e: TargetedMouseEvent<HTMLDialogElement>) => {
    if (e.target === dialog.current) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class={wide ? 'sheet wide' : 'sheet'}
      aria-label={title}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onClick={beside}
    >
      <div class="sheet-body">
        <header>
          <h2>{title}</h2>
          <Button look="quiet" icon="close" label={t('close')} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: { title: string; text: string; yes: string; onYes: () => unknown; onClose: () => void }) {
  return (
    <Sheet title={props.title} onClose={props.onClose}>
      <p>{props.text}</p>
      <div class="actions">
        <Button onClick={props.onClose}>{t('cancel')}</Button>
        <Button
          look="danger"
          onClick={async () => {
            await props.onYes();
            props.onClose();
          }}
        >
          {props.yes}
        </Button>
      </div>
    </Sheet>
  );
}

const HUES = 12;

/** Two letters on a colour that belongs to the name. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  const letters = name
    .split(/\s+/)
    .map((w) => [...w][0] ?? '')
    .filter((c) => /\p{L}|\p{N}/u.test(c));
  const shown = letters.length > 1 ? letters[0]! + letters.at(-1)! : (letters[0] ?? '');
  let sum = 0;
  for (const c of name) sum = (sum * 31 + c.codePointAt(0)!) >>> 0;
  return (
    <span class={`avatar hue-${sum % HUES}${large ? ' large' : ''}`} aria-hidden="true">
      {shown ? shown.toLocaleUpperCase() : <Icon name="person" />}
    </span>
  );
}

/** The four words that two devices show while one lets the other in. */
export function Words({ words }: { words: string[] }) {
  return (
    <ol class="words four">
      {words.map((w, i) => (
        <li key={i}>{w}</li>
      ))}
    </ol>
  );
}
