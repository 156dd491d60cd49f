// The codecs of OTA packets beside the least that their cryptography can cost, alternating in one process.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { decodeResponsePacket, encodeResponsePacket } from '../../telecom/ota/response-packet.ts';
import { command, header, hex, KIC_KEY, KID_KEY, security } from '../telecom/ota/packets.ts';
import { median } from './report.ts';

/** One codec at one length of data. */
export interface CodecFigure {
  readonly work: string;
  readonly dataOctets: number;
  /** Packets in a second of CPU time: what one core does. */
  readonly perSecond: number;
  /** The same cryptography without any packet around it. */
  readonly floorPerSecond: number;
  /** CPU time of the codec over that of its floor: the median of the rounds' own ratios. */
  readonly ratio: number;
}

/** One SMS, then lengths that grow tenfold: what grows more than tenfold with them is not linear. */
const LENGTHS = [70, 600, 6_000, 60_000];
const BLOCK_OCTETS = 16;
const KIC = hex(KIC_KEY);
const KID = hex(KID_KEY);
const IV = new Uint8Array(BLOCK_OCTETS);
const CPU_MICROSECONDS_A_TURN = 60_000;
const CALLS_BETWEEN_LOOKS = 20;

interface Contest {
  readonly work: string;
  readonly dataOctets: number;
  readonly codec: () => unknown;
  readonly floor: () => unknown;
}

/** Runs the contests in turns and answers their figures; `told` hears of each round. */
export function measureCodecs(rounds: number, told: (round: number) => void): CodecFigure[] {
  const contests = LENGTHS.flatMap((dataOctets) => [building(dataOctets), verifying(dataOctets)]);
  for (const { codec, floor } of contests) [codec, floor].map(cpuMicrosecondsEach);
  const times = contests.map((contest) => ({ contest, codec: [] as number[], floor: [] as number[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { contest, codec, floor } of times) {
      codec.push(cpuMicrosecondsEach(contest.codec));
      floor.push(cpuMicrosecondsEach(contest.floor));
    }
    told(round);
  }
  return times.map(({ contest: { work, dataOctets }, codec, floor }) => ({
    work,
    dataOctets,
    perSecond: 1e6 / median(codec),
    floorPerSecond: 1e6 / median(floor),
    ratio: median(codec.map((time, index) => time / (floor[index] ?? Number.NaN))),
  }));
}

/** How many times the CPU time of a packet grows from one length to the next. */
export function growth(figures: readonly CodecFigure[]): { work: string; from: number; to: number; times: number }[] {
  return figures.flatMap((one) => {
    const next = figures.find(({ work, dataOctets }) => work === one.work && dataOctets > one.dataOctets);
    if (next === undefined) return [];
    return [{ work: one.work, from: one.dataOctets, to: next.dataOctets, times: one.perSecond / next.perSecond }];
  });
}

/** The figures as the table of `docs/performance.md`. */
export function codecsAsMarkdown(figures: readonly CodecFigure[]): string {
  return [
    '| work | octets of data | packets a second | bare cryptography | ratio |',
    '| --- | --- | --- | --- | --- |',
    ...figures.map(
      ({ work, dataOctets, perSecond, floorPerSecond, ratio }) =>
        `| ${work} | ${String(dataOctets)} | ${perSecond.toFixed(0)} | ${floorPerSecond.toFixed(0)} | ${ratio.toFixed(2)} |`,
    ),
    '',
    ...growth(figures).map(
      ({ work, from, to, times }) =>
        `- ${work}: from ${String(from)} to ${String(to)} octets the data grow ×${(to / from).toFixed(1)}, the CPU time ×${times.toFixed(1)}`,
    ),
    '',
  ].join('\n');
}

function building(dataOctets: number): Contest {
  const data = new Uint8Array(dataOctets).fill(0x55);
  let cntr = 0;
  return {
    work: 'build an AES command',
    dataOctets,
    codec: () => encodeCommandPacket({ ...command, header: { ...header, cntr: (cntr += 1) }, data }),
    floor: bareCryptography(dataOctets, (message) => cipher(KIC, message)),
  };
}

function verifying(dataOctets: number): Contest {
  const response = encodeResponsePacket({
    ...security,
    tar: header.tar,
    cntr: header.cntr,
    status: 'porOk',
    data: new Uint8Array(dataOctets).fill(0x55),
  });
  return {
    work: 'verify an AES response',
    dataOctets,
    codec: () => {
      if (!decodeResponsePacket(response, security).authenticated) throw new Error('the response was not believed');
    },
    floor: bareCryptography(dataOctets, (message) =>
      createDecipheriv('aes-128-cbc', KIC, IV).setAutoPadding(false).update(message),
    ),
  };
}

/** One pass of CBC for the checksum, one for the secrecy; the header and the counters take two blocks more than the data. */
function bareCryptography(dataOctets: number, secrecy: (message: Uint8Array) => unknown): () => void {
  const message = new Uint8Array((Math.ceil(dataOctets / BLOCK_OCTETS) + 2) * BLOCK_OCTETS);
  return () => {
    cipher(KID, message);
    secrecy(message);
  };
}

const cipher = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  createCipheriv('aes-128-cbc', key, IV).setAutoPadding(false).update(message);

/** Runs the work for a while and answers what one call took. */
function cpuMicrosecondsEach(work: () => unknown): number {
  const began = process.cpuUsage();
  for (let calls = CALLS_BETWEEN_LOOKS; ; calls += CALLS_BETWEEN_LOOKS) {
    for (let call = 0; call < CALLS_BETWEEN_LOOKS; call += 1) work();
    const { user, system } = process.cpuUsage(began);
    if (user + system >= CPU_MICROSECONDS_A_TURN) return (user + system) / calls;
  }
}
