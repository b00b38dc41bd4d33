import type { Bytes } from './bytes';

/** The system's generator. Sealers take it as a parameter only so that vectors can be written. */
export type Random = (size: number) => Bytes;

export const random: Random = (size) => crypto.getRandomValues(new Uint8Array(size));
