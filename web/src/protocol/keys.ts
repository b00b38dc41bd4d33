/** Keys, holders and the keyring; spec/keys.md. */
import { type Bytes, concat, label, u8, u32be, unhex } from './bytes';
import { agreementFromSeed, type KeyPair, newAgreement, newSigning, sign, signingFromSeed } from './curves';
import { derive } from './hash';
import { openFrom, SUITE, sealTo } from './hpke';
import { HOLDER_DEVICE, HOLDER_PHRASE, type HolderKeys, holderId, type Id, type Kind } from './ids';
import { type Random, random } from './random';
import { isRefused, Refusal } from './refusal';
import { context, open, openPadded, SEALED_KEY, seal, sealPadded } from './sealing';

export const WRAP_SIZE = 80;
export const ROLE_ROOT_KEY = 'root-key';
export const ROLE_VAULT_KEY = 'vault-key';
export const ROLE_HOLDER_NAME = 'holder-name';
export const ROLE_RECORD = 'record';

/** A holder with its private halves. */
export class HolderSecret {
  readonly keys: HolderKeys;
  readonly id: Id;
  constructor(
    type: number,
    readonly signing: KeyPair,
    readonly agreement: KeyPair,
  ) {
    this.keys = { type, signing: signing.publicKey, agreement: agreement.publicKey };
    this.id = holderId(this.keys);
  }

  static async newDevice(): Promise<HolderSecret> {
    return new HolderSecret(HOLDER_DEVICE, await newSigning(), await newAgreement());
  }

  static async fromPhrase(entropy: Bytes): Promise<HolderSecret> {
    return new HolderSecret(
      HOLDER_PHRASE,
      await signingFromSeed(derive(entropy, label('candor/v1 phrase sign'))),
      await agreementFromSeed(derive(entropy, label('candor/v1 phrase agree'))),
    );
  }

  /** From both seeds, as vectors give them. */
  static async fromSeeds(type: number, seeds: Bytes): Promise<HolderSecret> {
    return new HolderSecret(type, await signingFromSeed(seeds.slice(0, 32)), await agreementFromSeed(seeds.slice(32)));
  }

  sign(message: Bytes): Promise<Bytes> {
    return sign(this.signing, message);
  }
}

const wrapInfo = (account: Id, epoch: number, holder: Id): Bytes =>
  concat(label('candor/v1 root key\0'), unhex(account), u32be(epoch), unhex(holder));

/** A root key for a holder; `bad-key` where its agreement key is of small order. */
export const wrapRootKey = (rootKey: Bytes, account: Id, epoch: number, holder: HolderKeys): Promise<Bytes | Refusal> =>
  sealTo(SUITE, holder.agreement, wrapInfo(account, epoch, holderId(holder)), new Uint8Array(0), rootKey);

export async function unwrapRootKey(holder: HolderSecret, account: Id, epoch: number, suite: number, wrap: Bytes): Promise<Bytes | Refusal> {
  const key = await openFrom(suite, holder.agreement, wrapInfo(account, epoch, holder.id), new Uint8Array(0), wrap);
  return isRefused(key) || key.length === 32 ? key : new Refusal('damaged');
}

const keySlot = (account: Id, kind: number, epoch: number, role: string) => context({ account, kind, epoch, role });

async function openKey(key: Bytes, slot: Bytes, sealed: Bytes): Promise<Bytes | Refusal> {
  if (sealed.length !== SEALED_KEY) return new Refusal('bad-length');
  return open(key, slot, sealed);
}

export const sealVaultKey = (rootKey: Bytes, account: Id, kind: Kind, epoch: number, vaultKey: Bytes): Promise<Bytes> =>
  seal(rootKey, keySlot(account, kind, epoch, ROLE_VAULT_KEY), vaultKey);
export const openVaultKey = (rootKey: Bytes, account: Id, kind: Kind, epoch: number, sealed: Bytes): Promise<Bytes | Refusal> =>
  openKey(rootKey, keySlot(account, kind, epoch, ROLE_VAULT_KEY), sealed);

export const sealPreviousRoot = (rootKey: Bytes, account: Id, epoch: number, previous: Bytes): Promise<Bytes> =>
  seal(rootKey, keySlot(account, 0, epoch, ROLE_ROOT_KEY), previous);
export const openPreviousRoot = (rootKey: Bytes, account: Id, epoch: number, sealed: Bytes): Promise<Bytes | Refusal> =>
  openKey(rootKey, keySlot(account, 0, epoch, ROLE_ROOT_KEY), sealed);

export const idKey = (vaultKey: Bytes, account: Id, kind: Kind): Bytes =>
  derive(vaultKey, concat(label('candor/v1 record id\0'), unhex(account), u8(kind)));
export const contentKey = (vaultKey: Bytes, account: Id, kind: Kind): Bytes =>
  derive(vaultKey, concat(label('candor/v1 content\0'), unhex(account), u8(kind)));

const nameSlot = (account: Id, holder: Id, epoch: number) => ({ account, record: holder, epoch, role: ROLE_HOLDER_NAME });

export const sealHolderName = async (rootKey: Bytes, account: Id, holder: Id, epoch: number, name: string): Promise<Bytes> =>
  name === '' ? new Uint8Array(0) : sealPadded(rootKey, nameSlot(account, holder, epoch), new TextEncoder().encode(name));

export const openHolderName = (rootKey: Bytes, account: Id, holder: Id, epoch: number, sealed: Bytes): Promise<Bytes | Refusal> =>
  openPadded(rootKey, nameSlot(account, holder, epoch), sealed);

export const newKey = (from: Random = random): Bytes => from(32);
