/** The page: getting in, or what is there; and the toast. */
import { locale } from './i18n';
import { Later } from './later';
import { phase, toast } from './session';
import { Start } from './start/start';

const shell = () => import('./shell');

/** This browser keeps something: what shows it comes while the worker opens it. */
export const fetchShell = (): void => void shell().catch(() => {});

export function App() {
  const { value } = phase;
  // The language is part of what is drawn.
  void locale.value;
  return (
    <>
      {value === 'starting' && <div class="centre" aria-busy="true" />}
      {value === 'fresh' && <Start />}
      {value === 'ready' && <Later load={shell}>{(m) => <m.Ready />}</Later>}
      {(value === 'busy' || value === 'expired' || value === 'insecure' || value === 'broken') && (
        <Later load={shell}>{(m) => <m.Stopped why={value} />}</Later>
      )}
      <div class="toast" role="status" aria-live="polite">
        {toast.value && <p>{toast.value}</p>}
      </div>
    </>
  );
}
