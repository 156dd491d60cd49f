import { decodeDeliverTpdu } from '../../telecom/sms/deliver-tpdu.ts';
import { encodeDeliverReport, FAILURE_CAUSE } from '../../telecom/sms/deliver-report-tpdu.ts';
import { encodeSmsPpDownload } from '../../telecom/uicc/sms-pp-download.ts';
import type { CardFact } from '../uicc/facts.ts';
import { getResponseCommand } from '../uicc/proactive-commands.ts';
import { conditionsOf, type DeviceFaults } from './faults.ts';
import type { Device } from './fleet.ts';

/** (U)SIM data download (3GPP TS 23.040 §9.2.3.9). */
const DATA_DOWNLOAD = 0x7f;
/** 8-bit data of class 2, in both forms of 3GPP TS 23.038 §4. */
const CLASS_2 = new Set([0xf6, 0x16]);

/** What a message did to a card, and the SMS-DELIVER-REPORT; without one the device fell silent. */
export interface Download {
  readonly facts: readonly CardFact[];
  readonly report: Uint8Array | undefined;
}

const TAKEN: Download = { facts: [], report: encodeDeliverReport({ kind: 'acknowledged', userData: undefined }) };

/**
 * A device gets an SMS-DELIVER. What is for the card goes to it in an ENVELOPE, and its answer into the report; a device keeps all
 * else for its user (3GPP TS 31.111 §7.1.1.1).
 */
export function takeMessage({ iccid, card }: Device, tpdu: Uint8Array, faults: DeviceFaults): Download {
  const { protocolId, dataCoding } = decodeDeliverTpdu(tpdu);
  if (protocolId !== DATA_DOWNLOAD || !CLASS_2.has(dataCoding) || faults.plan.silentCards === true) return TAKEN;
  const exchange = card.transmit(encodeSmsPpDownload({ serviceCentre: undefined, tpdu }), conditionsOf(faults, iccid));
  const { facts } = exchange;
  if (exchange.kind === 'powerLost') return { facts, report: undefined };
  const [first, second] = [exchange.statusWord.slice(0, 2), exchange.statusWord.slice(2)];
  if (first === '61') {
    const response = card.transmit(getResponseCommand(Number.parseInt(second, 16)));
    const userData = response.kind === 'answered' ? response.data : undefined;
    return { facts, report: encodeDeliverReport({ kind: 'acknowledged', userData }) };
  }
  if (first === '90' || first === '91') return { facts, report: TAKEN.report };
  const cause = first === '93' ? FAILURE_CAUSE.toolkitBusy : FAILURE_CAUSE.dataDownloadError;
  return { facts, report: encodeDeliverReport({ kind: 'failed', cause, userData: undefined }) };
}
