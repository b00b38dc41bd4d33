/** What the page may ask about letting a device in: the newcomer's side and the approving one (spec/pairing.md). The engine inherits it. */

import type { Kind } from '../protocol/ids';
import type { HolderSecret } from '../protocol/keys';
import type { Account } from './account';
import type { Desk } from './desk';
import * as joining from './joining';
import { DeviceProblem } from './problems';
import type { ServerApi } from './server-api';
import type { DeviceRow } from './store';
import { Words } from './words';

export abstract class Pairs extends Words {
  private newcomer: joining.Newcomer | undefined;
  private approver: joining.Approver | undefined;

  protected abstract override get here(): { readonly account: Account; readonly me: HolderSecret; readonly api: ServerApi; readonly row: DeviceRow };
  protected abstract override get desk(): Desk;
  protected abstract override get at(): joining.Place;
  /** Opens the account that this browser is a device of now. */
  protected abstract begin(): Promise<void>;

  async pairStart(name: string): Promise<{ code: string; link: string; expires: number }> {
    await this.newcomer?.stop();
    this.newcomer = await joining.Newcomer.start(this.at, name);
    const { code, link, expires } = this.newcomer;
    return { code, link, expires };
  }
  pairMeet(): Promise<string[]> {
    return this.pairing.meet();
  }
  async pairFinish(until: number | null, kinds: Kind[] | null = null): Promise<void> {
    await this.pairing.finish(joining.limitsOf(until, kinds));
    this.newcomer = undefined;
    await this.begin();
  }
  async pairStop(): Promise<void> {
    await this.newcomer?.stop();
    this.newcomer = undefined;
  }
  private get pairing(): joining.Newcomer {
    if (!this.newcomer) throw new DeviceProblem('pairing-over');
    return this.newcomer;
  }

  async approveStart(typed: string): Promise<void> {
    const { account, me, api, row } = this.here;
    await account.pull();
    this.approver = await joining.Approver.start(account, me, api, row.vkey, typed);
  }
  approveMeet(): Promise<{ name: string; words: string[] }> {
    return this.approving.meet();
  }
  async approveFinish(): Promise<void> {
    await this.approving.finish();
    this.approver = undefined;
    this.changed(true);
  }
  async approveStop(): Promise<void> {
    await this.approver?.stop();
    this.approver = undefined;
  }
  private get approving(): joining.Approver {
    if (!this.approver) throw new DeviceProblem('pairing-over');
    return this.approver;
  }
}
