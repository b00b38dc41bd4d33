/**
 * # The engine
 *
 * What a device does with an account: it runs in a worker, so that the page stays quick, and the page sees only what `rpc.ts` says.
 *
 * | file | what |
 * |---|---|
 * | `gate.ts` | the only `fetch` of the app (a test greps for others); writes a ledger line before each request |
 * | `ledger-book.ts` | the hash-chained ledger in IndexedDB (spec/ledger.md) |
 * | `store.ts` | IndexedDB: device keys that cannot be read out, leaves and payloads as they came (sealed), the index sealed under the device's own key |
 * | `server-api.ts` | signed requests and their answers (spec/http-api.md) |
 * | `account.ts` | follows the log, keeps what verified, reads records, writes commits by compare-and-set |
 * | `verify.ts`, `payloads.ts` | leaves, heads and payloads held against what is verified; what does not fit is an alarm |
 * | `key-ring.ts` | root keys and vault keys of this device, in memory only |
 * | `library.ts`, `lists.ts` | records by kind, from the log's heads; what lists and searches show of them |
 * | `desk.ts` | opens and edits single things |
 * | `outbox.ts`, `send.ts` | changes that wait, durable before a person is told so; sends them in order, and knows again what was sent |
 * | `uploads.ts`, `previews.ts` | photos on their way in; their thumbnails, as far as this browser can decode them |
 * | `index-rows.ts` | the index in the store, read kind by kind |
 * | `brief.ts` | what the first screens say before the index is read |
 * | `payload-store.ts`, `fill.ts` | sealed records that are kept here; those that a pull left out, brought and opened |
 * | `greetings.ts` | greeting packs of all languages, taken whole and kept |
 * | `edits.ts`, `shapes.ts` | what an edit keeps and what new things are called; what is told of an account |
 * | `files.ts` | blobs: whole, or at a position |
 * | `joining.ts` | founding, coming in by the words, pairing from either side |
 * | `engine.ts`, `pairs.ts` | all that together: what the page may ask |
 * | `worker.ts`, `rpc.ts`, `pace.ts` | the wire between page and worker; how quickly a count goes up |
 *
 * A server's word is never taken. What it did that no honest one does is an `Alarm` (spec/account-log.md §7): it is written down, syncing stops, and stays stopped until a person
 * says to go on. Nothing here throws for what a server sends but `Alarm` and `ServerRefused`.
 */
export {};
