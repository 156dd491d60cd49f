/** A transparent elementary file: where a standard puts it, and how long it is. */
export interface ElementaryFile {
  readonly name: string;
  /** Two octets in hex. */
  readonly fileId: string;
  /** Short file identifier, 1 to 30, by which READ and UPDATE reach it without SELECT (ETSI TS 102 221 §8.4.2). */
  readonly sfi?: number;
  /** Its length, or for a list the length of one entry. */
  readonly sizeOctets: number;
}
