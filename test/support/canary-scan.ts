import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret that must be found nowhere but in its own file, if it has one. */
export interface Canary {
  readonly name: string;
  readonly octets: Buffer;
  /** The key file that holds it rightly. */
  readonly home?: string;
}

/** Where a canary was found. */
export interface Hit {
  readonly place: string;
  readonly canary: string;
}

interface Needle {
  readonly canary: Canary;
  readonly octets: Buffer;
}

/** Shorter ones would be found by chance. */
const SHORTEST_CANARY = 8;
const PREFIX_OCTETS = 4;
/**
 * A prefix of a needle is marked under a hash, so that most octets are passed over by one look. There are so many marks for each prefix:
 * few enough to stay in the processor's cache, as its speed is that of the whole scan.
 */
const MARKS_PER_PREFIX = 32;
const LEAST_MARK_BITS = 12;
const hashOf = (prefix: number, shift: number): number => Math.imul(prefix, 0x9e3779b1) >>> shift;

interface Marks {
  /** One bit for each value of the hash. */
  readonly bits: Uint8Array;
  readonly shift: number;
}

function marksOf(prefixes: Iterable<number>, count: number): Marks {
  const size = Math.max(LEAST_MARK_BITS, Math.ceil(Math.log2(count * MARKS_PER_PREFIX)));
  const marks = { bits: new Uint8Array(2 ** (size - 3)), shift: 32 - size };
  for (const prefix of prefixes) {
    const hash = hashOf(prefix, marks.shift);
    marks.bits[hash >>> 3] = (marks.bits[hash >>> 3] ?? 0) | (1 << (hash & 7));
  }
  return marks;
}
const CHUNK_OCTETS = 1 << 20;
/** Of files whose room is taken beforehand, as Kafka's indexes are. */
const ZEROS = Buffer.alloc(CHUNK_OCTETS);
const isEmpty = (octets: Buffer): boolean => octets.equals(ZEROS.subarray(0, octets.length));

function unlessGone(cause: unknown): undefined {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
}

const swapped = (octets: Buffer): Buffer => Buffer.from(octets.map((octet) => (octet >> 4) | ((octet & 0x0f) << 4)));

/** The digits that the octets spell, packed two to an octet (BCD): how a code of digits stands in a telephone's files. */
function packed(octets: Buffer): Buffer[] {
  const digits = octets.toString('latin1');
  if (!/^\d+$/.test(digits) || digits.length % 2 === 1 || digits.length / 2 < SHORTEST_CANARY) return [];
  return [Buffer.from(digits, 'hex')];
}

/** BASE64 of the octets wherever they lie in what is coded: the parts that do not depend on what stands around them. */
function base64At(octets: Buffer, before: number): string {
  const coded = Buffer.concat([Buffer.alloc(before), octets])
    .toString('base64')
    .replace(/=+$/, '');
  const clean = (octets.length + before) % 3 === 0 ? coded.length : coded.length - 1;
  return coded.slice(before === 0 ? 0 : before + 1, clean);
}

/** Every way in which octets might be written down: raw, hex, BASE64, nibbles swapped, packed digits, and as lists of numbers. */
export function encodings(octets: Buffer): Buffer[] {
  const binary = [octets, swapped(octets), ...packed(octets), ...packed(octets).map(swapped)];
  const texts = binary.flatMap((form) => {
    const hex = form.toString('hex');
    const pairs = hex.match(/../g) ?? [];
    const base64 = [0, 1, 2].map((before) => base64At(form, before));
    return [
      ...[hex, hex.toUpperCase(), pairs.join(':'), pairs.join(':').toUpperCase(), pairs.join(' ')],
      ...base64,
      ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
      ...[[...form].join(','), [...form].map((octet, index) => `"${String(index)}":${String(octet)}`).join(',')],
    ];
  });
  return [...binary, ...[...new Set(texts)].map((text) => Buffer.from(text))];
}

/** Looks for canaries in octets, in files and in folders. Reads each octet once, however many canaries there are. */
export class CanaryScan {
  readonly #byPrefix = new Map<number, Needle[]>();
  readonly #marks: Marks;
  #longest = 0;

  constructor(
    canaries: readonly Canary[],
    /** Octets of a file that are looked at together. */
    readonly chunkOctets = CHUNK_OCTETS,
  ) {
    for (const canary of canaries) {
      if (canary.octets.length < SHORTEST_CANARY) throw new Error(`${canary.name} is too short to be told from chance`);
      for (const octets of encodings(canary.octets)) this.#add({ canary, octets });
    }
    this.#marks = marksOf(this.#byPrefix.keys(), this.#byPrefix.size);
  }

  /** The canaries that stand in a text or in octets. */
  in(place: string, content: string | Buffer): Hit[] {
    const octets = typeof content === 'string' ? Buffer.from(content) : content;
    return [...this.#search(octets)].map(({ name: canary }) => ({ place, canary }));
  }

  async inFile(path: string): Promise<Hit[]> {
    const found = new Set<Canary>();
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(path, { highWaterMark: this.chunkOctets }) as AsyncIterable<Buffer>) {
      if (isEmpty(chunk) && isEmpty(rest)) continue;
      const octets = Buffer.concat([rest, chunk]);
      for (const canary of this.#search(octets)) if (canary.home !== path) found.add(canary);
      rest = octets.subarray(-this.#longest);
    }
    return [...found].map(({ name: canary }) => ({ place: path, canary }));
  }

  /**
   * Every file of a folder, at any depth; answers also how many were read, so that a folder that is missing can't pass. An engine that
   * runs may delete a file meanwhile: what is gone can't tell anything.
   */
  async inFolder(folder: string): Promise<{ readonly files: number; readonly hits: readonly Hit[] }> {
    const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const hits: Hit[] = [];
    let files = 0;
    for (const { parentPath, name } of entries) {
      const found = await this.inFile(join(parentPath, name)).catch(unlessGone);
      hits.push(...(found ?? []));
      if (found !== undefined) files += 1;
    }
    return { files, hits };
  }

  #add(needle: Needle): void {
    const prefix = needle.octets.readInt32BE();
    this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), needle]);
    this.#longest = Math.max(this.#longest, needle.octets.length);
  }

  #search(octets: Buffer): Set<Canary> {
    const found = new Set<Canary>();
    const { bits, shift } = this.#marks;
    let prefix = 0;
    for (let index = 0; index < octets.length; index += 1) {
      prefix = (prefix << 8) | (octets[index] ?? 0);
      const hash = hashOf(prefix, shift);
      if (((bits[hash >>> 3] ?? 0) & (1 << (hash & 7))) === 0 || index < PREFIX_OCTETS - 1) continue;
      const start = index - (PREFIX_OCTETS - 1);
      for (const needle of this.#byPrefix.get(prefix) ?? [])
        if (octets.subarray(start, start + needle.octets.length).equals(needle.octets)) found.add(needle.canary);
    }
    return found;
  }
}
