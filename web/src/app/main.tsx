/**
 * # The app
 *
 * What a person sees. Preact and signals; no markup from text anywhere (a test looks), no inline styles or scripts, no address of anywhere else.
 *
 * | file | what |
 * |---|---|
 * | `session.ts` | the worker, what it tells (signals), the route |
 * | `i18n.ts`, `locales/*.json` | every word on the screen; a new language is a new file |
 * | `app.tsx` `shell.tsx` | getting in or what is there; navigation, the alarm banner, the state of syncing |
 * | `start/` | getting in: create, recover by the words, pair |
 * | `photos.tsx` `contacts.tsx` `notes.tsx` `messages.tsx` | the four kinds; `kind-off.tsx` is what stands there while one is off |
 * | `contact-form.tsx` `history.tsx`; fetched when asked for: `contact-tools.tsx` `message-tools.tsx` `leave.tsx` `qr.tsx` | what is done with them |
 * | `search.tsx` `activity.tsx` `devices.tsx` `safety.tsx` | the rest |
 * | `waiting.tsx` | what is kept here until the server has it |
 * | `kit.tsx` `icons.tsx` `virtual.tsx` `media.ts` `markdown.tsx` | pieces |
 * | `style/` | CSS by hand: logical properties, light and dark, one file per part |
 *
 * A view asks the engine through `engine` (a client of the worker), draws what it gets, and asks again when `version` counts up. Failures are `CallFailed`; `problemText` has the
 * sentence for a code.
 */
import { render } from 'preact';
import { App, fetchShell } from './app';
import './style/base.css';
import './style/parts.css';
import './style/sheet.css';
import './style/views.css';
import './style/views-text.css';
import './style/views-start.css';
import './style/media.css';
import './style/views-words.css';
import { loadLocale } from './i18n';
import { start } from './session';
import { startShellWorker } from './shell-worker';

// The worker begins while the words are fetched and the frame is drawn.
const started = start(fetchShell);
await loadLocale();
render(<App />, document.getElementById('app')!);
await started;
await startShellWorker();
