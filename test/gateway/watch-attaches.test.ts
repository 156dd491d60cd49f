import { setTimeout as delay } from 'node:timers/promises';
import { HlrError, type Hlr, type HlrSubscriber } from '../../gateway/hlr.ts';
import { watchAttaches, type Attached } from '../../gateway/watch-attaches.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';

const imsi = parseImsi('901990000000001');
const other = parseImsi('901990000000002');

/** An HLR of which only the subscribers matter, and that can be away. */
class ShownHlr implements Pick<Hlr, 'subscriber'> {
  readonly subscribers = new Map<Imsi, HlrSubscriber>();
  isAway = false;
  unreadable: Imsi | undefined;

  attach(one: Imsi, at: string): void {
    const locationUpdate = { at, imei: null };
    this.subscribers.set(one, { imsi: one, msisdn: undefined, barred: false, attached: true, locationUpdate });
  }

  subscriber(one: Imsi): Promise<HlrSubscriber | undefined> {
    if (this.isAway) return Promise.reject(new HlrError('unreachable', 'the HLR is away'));
    if (one === this.unreadable) return Promise.reject(new HlrError('refused', `${one} can't be read`));
    return Promise.resolve(this.subscribers.get(one));
  }
}

let hlr: ShownHlr;
let wanted: Imsi[];
let told: [Imsi, string][];
let lines: string[];
let refusing: boolean;
let watch: { stop(): Promise<void> };

beforeEach(() => {
  [hlr, wanted, told, lines, refusing] = [new ShownHlr(), [imsi, other], [], [], false];
  watch = watchAttaches({
    hlr: hlr as unknown as Hlr,
    imsis: () => Promise.resolve(wanted),
    everySeconds: 0.005,
    onAttach: (attached: Attached) => {
      if (refusing) return Promise.reject(new Error('nobody listens'));
      told.push([attached.imsi, attached.locationUpdate.at]);
      return Promise.resolve();
    },
    log: (level, message) => lines.push(`${level} ${message}`),
  });
});

afterEach(() => watch.stop());

const someRounds = () => delay(60);

test('a location update is told once, and the next one again', async () => {
  hlr.attach(imsi, 'first');
  await someRounds();
  hlr.attach(imsi, 'second');
  await someRounds();
  expect(told).toEqual([
    [imsi, 'first'],
    [imsi, 'second'],
  ]);
});

test('a subscriber that is nowhere, or not there, is not told', async () => {
  hlr.subscribers.set(imsi, { imsi, msisdn: undefined, barred: false, attached: false, locationUpdate: null });
  await someRounds();
  expect(told).toEqual([]);
});

test('what could not be told is told in a later round', async () => {
  refusing = true;
  hlr.attach(imsi, 'first');
  await someRounds();
  refusing = false;
  await someRounds();
  expect(told).toEqual([[imsi, 'first']]);
});

test('an HLR that is away is said once, and so is its return, when what was missed is told', async () => {
  hlr.isAway = true;
  await someRounds();
  hlr.attach(other, 'meanwhile');
  hlr.isAway = false;
  await someRounds();
  expect(told).toEqual([[other, 'meanwhile']]);
  expect(lines).toEqual([
    'warn location updates are not seen for now',
    'info the HLR can be asked for location updates again',
  ]);
});

test('a subscriber that can not be shown is said once, and keeps no other one from being told', async () => {
  hlr.unreadable = imsi;
  hlr.attach(imsi, 'first');
  hlr.attach(other, 'first');
  await someRounds();
  expect(told).toEqual([[other, 'first']]);
  expect(lines).toEqual(['warn location updates of a subscriber are not seen for now']);
  hlr.unreadable = undefined;
  await someRounds();
  expect(told).toEqual([
    [other, 'first'],
    [imsi, 'first'],
  ]);
});

test('only those are asked for who matter now; one that matters again is told again', async () => {
  hlr.attach(imsi, 'first');
  hlr.attach(other, 'first');
  wanted = [other];
  await someRounds();
  expect(told).toEqual([[other, 'first']]);
  wanted = [];
  await someRounds();
  wanted = [other];
  await someRounds();
  expect(told).toEqual([
    [other, 'first'],
    [other, 'first'],
  ]);
});

test('nothing is asked after it was stopped', async () => {
  await watch.stop();
  hlr.attach(imsi, 'first');
  await someRounds();
  expect(told).toEqual([]);
});
