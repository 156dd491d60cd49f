import { timingSafeEqual } from 'node:crypto';
import { HlrError, type Hlr, type HlrSubscriber } from '../../gateway/hlr.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';

type NewSubscriber = Parameters<Hlr['create']>[0];

interface Kept {
  readonly keys: NewSubscriber;
  readonly shown: HlrSubscriber;
}

/** An HLR in memory, in which a test can attach cards and lose answers. */
export class FakeHlr implements Hlr {
  readonly #kept = new Map<Imsi, Kept>();
  /** Called when a call has done its work and before it is answered; what it throws or never settles is a lost answer. */
  onDone: (call: 'create' | 'bar' | 'unbar' | 'remove') => Promise<void> = () => Promise.resolve();

  readonly #tells: 'outcomes' | 'lastSqn';

  constructor(tells: 'outcomes' | 'lastSqn' = 'outcomes') {
    this.#tells = tells;
  }

  get imsis(): Imsi[] {
    return [...this.#kept.keys()];
  }

  keysOf(imsi: Imsi): NewSubscriber | undefined {
    return this.#kept.get(imsi)?.keys;
  }

  attach(imsi: Imsi, at: string): void {
    this.#change(imsi, { attached: true, locationUpdate: { at, imei: null }, refusal: null });
  }

  /** A card that authenticated is not registered. */
  refuse(imsi: Imsi, refusal: NonNullable<HlrSubscriber['refusal']>): void {
    this.#change(imsi, { refusal });
  }

  /** A card asks for vectors with this IMSI; under a barred one it is refused. */
  ask(imsi: Imsi, at: string): void {
    const { barred, lastSqn } = this.#kept.get(imsi)?.shown ?? {};
    if (lastSqn !== undefined) this.#change(imsi, { lastSqn: lastSqn + 32 });
    else this.#change(imsi, barred === true ? { refusedAt: at } : { authentication: { at, outcome: 'seen' } });
  }

  async create(keys: NewSubscriber): Promise<void> {
    const { imsi, msisdn } = keys;
    const known = this.#kept.get(imsi)?.keys;
    if (known !== undefined && !timingSafeEqual(known.k.reveal(), keys.k.reveal()))
      throw new HlrError('collision', `another subscriber is there under ${imsi}`);
    if (known === undefined) {
      const traces =
        this.#tells === 'lastSqn' ? { lastSqn: 0 } : { authentication: null, refusedAt: null, refusal: null };
      const shown = { imsi, msisdn, barred: false, attached: false, locationUpdate: null, ...traces };
      this.#kept.set(imsi, { keys, shown });
    }
    await this.onDone('create');
  }

  async bar(imsi: Imsi): Promise<void> {
    const { barred, lastSqn } = this.#kept.get(imsi)?.shown ?? {};
    const forgets = barred !== true && lastSqn === undefined;
    this.#change(imsi, { barred: true, attached: false, ...(forgets && { refusedAt: null }) });
    await this.onDone('bar');
  }

  async unbar(imsi: Imsi): Promise<void> {
    const { lastSqn } = this.#kept.get(imsi)?.shown ?? {};
    this.#change(imsi, { barred: false, ...(lastSqn === undefined && { refusedAt: null }) });
    await this.onDone('unbar');
  }

  async remove(imsi: Imsi): Promise<void> {
    this.#kept.delete(imsi);
    await this.onDone('remove');
  }

  subscriber(imsi: Imsi): Promise<HlrSubscriber | undefined> {
    return Promise.resolve(this.#kept.get(imsi)?.shown);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #change(imsi: Imsi, changes: Partial<HlrSubscriber>): void {
    const kept = this.#kept.get(imsi);
    if (kept === undefined) throw new HlrError('unknown', `nobody is there under ${imsi}`);
    this.#kept.set(imsi, { ...kept, shown: { ...kept.shown, ...changes } });
  }
}
