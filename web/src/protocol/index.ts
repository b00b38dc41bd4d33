/**
 * # The protocol in the browser
 *
 * What `spec/` fixes, written from its pages alone: the second implementation beside the one in C#. One file per idea, named as the page names it; each says which page.
 *
 * - No I/O, no clock, no storage, no `fetch`. Randomness comes in through `random.ts` alone, so that vectors can be written as well as read.
 * - What comes from outside is read by functions that never throw for it: they answer with the thing, or with a `Refusal` that carries the spec's name for what is wrong
 *   (`refusal.ts`). Misuse by our own code throws.
 * - Every size and limit stands as a constant beside its use.
 * - Bytes are `Uint8Array`; ids are their lowercase hex, so that they can be compared and be keys of maps. Numbers that the format lets grow beyond 2⁵³ are `bigint` where they
 *   are only compared (notes, proofs), and refused where they would have to be counted with (a log of more than 2⁵³ leaves is no log we can hold).
 * - Hashes are synchronous (`@noble/hashes`): a tree or a chain is a loop, not a thousand promises. AES-GCM, Ed25519 and X25519 are WebCrypto, whose private keys need not be
 *   extractable.
 *
 * All files of `spec/vectors` run against this folder in `tests/vectors.*.test.ts`.
 */
export * from './account-state';
export * from './bytes';
export * from './cbor';
export * from './checkpoint';
export * from './commit';
export * from './heads';
export * from './ids';
export * from './keys';
export * from './merkle';
export * from './record';
export * from './refusal';
