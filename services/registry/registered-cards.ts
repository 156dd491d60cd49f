import { sql } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';
import type { CardRow } from './card-row.ts';

interface Registered {
  readonly iccid: string;
  readonly operator: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly movedBy: string | null;
}

/** What the registry has about the cards and numbers of some rows, as it will be once the rows so far are stored. */
export class RegisteredCards {
  readonly #cards = new Map<string, Registered>();
  /** ICCIDs of the cards that have a number; the registry may have several from before this was checked. */
  readonly #holders = { imsi: new Map<string, Set<string>>(), msisdn: new Map<string, Set<string>>() };
  readonly #openChanges: ReadonlyMap<string, string>;

  private constructor(cards: readonly Registered[], openChanges: ReadonlyMap<string, string>) {
    for (const card of cards) this.#put(card);
    this.#openChanges = openChanges;
  }

  static async read(database: Database, rows: readonly { readonly card: CardRow }[]): Promise<RegisteredCards> {
    const iccids = rows.map(({ card }) => card.iccid);
    const { rows: cards } = await sql<Registered>`
      select iccid, operator, imsi, msisdn, moved_by as "movedBy" from cards
      where iccid = any(${iccids}) or imsi = any(${rows.map(({ card }) => card.imsi)})
        or msisdn = any(${rows.map(({ card }) => card.msisdn)})`.execute(database);
    const { rows: open } = await sql<{ iccid: string; changeId: string }>`
      select iccid, change_id as "changeId" from changes where iccid = any(${iccids}) and not ended`.execute(database);
    return new RegisteredCards(cards, new Map(open.map(({ iccid, changeId }) => [iccid, changeId])));
  }

  /** Why a row must not be stored; undefined when it may be. */
  faultOf({ iccid, operator, imsi, msisdn }: CardRow): string | undefined {
    const before = this.#cards.get(iccid);
    // What the card can prove was written by that change; its keys and its code come from its vendor, and may have been wrong.
    const hasMoved = before !== undefined && before.movedBy !== null;
    if (hasMoved && (before.operator !== operator || before.imsi !== imsi || before.msisdn !== msisdn))
      return `iccid: the card has been moved by change ${before.movedBy}; the registry keeps what that change wrote, and takes a row that corrects anything else only with the operator, imsi and msisdn that the card has now`;
    const openChange = this.#openChanges.get(iccid);
    if (openChange !== undefined)
      return `iccid: the card is being changed by change ${openChange}; import it again when that has ended`;
    // Moving one of two cards with the same subscription would take the other's away.
    for (const [column, number] of [
      ['imsi', imsi],
      ['msisdn', msisdn],
    ] as const) {
      const other = [...(this.#holders[column].get(number) ?? [])].find((holder) => holder !== iccid);
      if (other !== undefined) return `${column}: ${number} belongs to the card with ICCID ${other}`;
    }
    return undefined;
  }

  /** The row will be stored: its numbers are the card's from now on, and what the card had before is free. */
  take({ iccid, operator, imsi, msisdn }: CardRow): void {
    const before = this.#cards.get(iccid);
    if (before !== undefined) {
      this.#holders.imsi.get(before.imsi)?.delete(iccid);
      this.#holders.msisdn.get(before.msisdn)?.delete(iccid);
    }
    this.#put({ iccid, operator, imsi, msisdn, movedBy: before?.movedBy ?? null });
  }

  #put(card: Registered): void {
    this.#cards.set(card.iccid, card);
    for (const column of ['imsi', 'msisdn'] as const) {
      const holders = this.#holders[column].get(card[column]) ?? new Set();
      this.#holders[column].set(card[column], holders.add(card.iccid));
    }
  }
}
