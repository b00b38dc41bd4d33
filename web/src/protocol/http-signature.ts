/** Signed requests: a profile of RFC 9421; spec/http-api.md §1. */
import { type Bytes, base64, concat, fromBase64, fromHex, hex, utf8 } from './bytes';
import { sha256 } from './hash';
import type { HolderKeys, Id } from './ids';

const COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest")';
const INPUT =
  /^c=\("@method" "@authority" "@path" "@query" "content-digest"\);created=(0|[1-9][0-9]{0,15});nonce="([0-9a-f]{16})";keyid="([0-9a-f]{32})";alg="ed25519"$/;

export interface SignatureParameters {
  readonly created: number;
  /** 16 hex digits. */
  readonly nonce: string;
  readonly keyid: Id;
}

export interface RequestTarget {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  /** With its `?`; `?` alone where there is none. */
  readonly query: string;
}

const parametersText = (p: SignatureParameters): string => `${COMPONENTS};created=${p.created};nonce="${p.nonce}";keyid="${p.keyid}";alg="ed25519"`;

export const digestHeader = (body: Uint8Array): string => `sha-256=:${base64(sha256(body))}:`;
export const digestHeaderOf = (hash: Bytes): string => `sha-256=:${base64(hash)}:`;

export const signatureBase = (target: RequestTarget, digest: string, parameters: SignatureParameters): string =>
  [
    `"@method": ${target.method}`,
    `"@authority": ${target.authority}`,
    `"@path": ${target.path}`,
    `"@query": ${target.query}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${parametersText(parameters)}`,
  ].join('\n');

export const signatureInputHeader = (parameters: SignatureParameters): string => `c=${parametersText(parameters)}`;
export const signatureHeader = (signature: Bytes): string => `c=:${base64(signature)}:`;
export const holderHeader = (keys: HolderKeys): string => `${keys.type}.${hex(keys.signing)}.${hex(keys.agreement)}`;

/** Both headers as a server reads them; undefined for every other form. */
export function readSignature(input: string, signature: string): { parameters: SignatureParameters; signature: Bytes } | undefined {
  const m = INPUT.exec(input);
  const s = /^c=:([A-Za-z0-9+/]{86}==):$/.exec(signature);
  const bytes = s && fromBase64(s[1]!);
  if (!m || !bytes || bytes.length !== 64 || !fromHex(m[2]!, 8)) return undefined;
  return { parameters: { created: Number(m[1]), nonce: m[2]!, keyid: m[3]! }, signature: bytes };
}

export const baseBytes = (base: string): Bytes => concat(utf8(base));
