import { SmscSession } from '../../adapters/smsc/smsc-session.ts';
import type { SmscFaultPlan } from '../../simulators/smsc/faults.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { COMMAND_IDS } from '../../telecom/smpp/commands.ts';
import { PduFrames } from '../../telecom/smpp/pdu-frames.ts';
import { decodePduHeader } from '../../telecom/smpp/pdu.ts';
import { demoCard, eventually, World } from '../simulators/harness.ts';
import { swapMessages } from '../simulators/packets.ts';
import { dissect, recorder, type Recorder } from '../support/tshark.ts';

const card = demoCard('operator-1', 1);
/** Each way in which the simulated SMSC speaks, all of which the session takes. */
const DIALECTS: readonly SmscFaultPlan[] = [
  {},
  { receiptForm: 'tlvs', messageIds: 'hexThenDecimal' },
  { receiptForm: 'wholeWords', porHeader: 'unflagged' },
  { porInReceipt: true, duplicateDeliveries: true },
  { throttleFirst: 1, porHeader: 'stripped' },
  { refuse: 'ESME_RINVDSTADR' },
];

let world: World;
let wire: Recorder;
let session: SmscSession;
let delivered: number;
let isBound: boolean;

async function speak(faults: SmscFaultPlan): Promise<void> {
  const smsc = await world.withoutOperators({ faults: { deviceStaysOnOldNetwork: true, ...faults } });
  wire = await recorder({ host: '127.0.0.1', port: smsc.port });
  session = new SmscSession({
    ...{ smsc: 'smsc-1', url: `smpp://127.0.0.1:${String(wire.port)}`, systemId: 'rehome', enquireMilliseconds: 50 },
    onDelivery: () => {
      delivered += 1;
      return Promise.resolve();
    },
    log: (_level, message) => {
      isBound ||= message.startsWith('bound');
    },
  });
  session.start();
  await eventually('the session is bound', () => isBound);
}

beforeEach(() => {
  world = new World();
  delivered = 0;
  isBound = false;
});
afterEach(async () => {
  await session.stop();
  await wire.stop();
  await world.end();
});

test.each(DIALECTS)('tshark reads every PDU between the OTA worker and an SMSC that speaks so: %j', async (faults) => {
  await speak(faults);
  const submitted = swapMessages(card, { segmentation: { reference: 9, referenceBits: 16 } }).map((segment) =>
    session.submit({
      ...{ source: '900', destination: card.msisdn, protocolId: 0x7f, dataCoding: 0xf6, userData: toHex(segment) },
    }),
  );
  const outcomes = await Promise.allSettled(submitted);
  const isTaken = faults.refuse === undefined;
  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => (isTaken ? 'fulfilled' : 'rejected')));
  if (isTaken) await eventually('the receipt and the answer of the card come', () => delivered >= 2);
  await eventually('a sign of life was asked for, and given', () => said().includes(COMMAND_IDS.enquireLinkResp));

  const { commands, malformed } = dissect(wire.pieces);
  expect(malformed).toEqual([]);
  expect([...commands].sort()).toEqual(said().sort());
  expect(commands).toEqual(expect.arrayContaining([COMMAND_IDS.bindTransceiver, COMMAND_IDS.submitSmResp]));
});

test('a PDU that is cut is found by tshark, so that finding none says something', async () => {
  await speak({});
  await eventually('a sign of life was asked for', () => said().includes(COMMAND_IDS.enquireLink));
  const cut = Buffer.from('000000120000000500000000000000090000', 'hex');
  expect(dissect([...wire.pieces, { fromClient: false, octets: cut }]).malformed).toHaveLength(1);
});

/** command_id of every whole PDU on the wire, as our own codec reads it. */
function said(): number[] {
  return [true, false].flatMap((fromClient) => {
    const frames = new PduFrames();
    return wire.pieces
      .filter((piece) => piece.fromClient === fromClient)
      .flatMap(({ octets }) => frames.take(octets))
      .map((pdu) => decodePduHeader(pdu).commandId);
  });
}
