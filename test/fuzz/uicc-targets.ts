import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { decodeEfAcc, encodeEfAcc } from '../../telecom/uicc/access-control-class-file.ts';
import { decodeEfAd } from '../../telecom/uicc/administrative-data-file.ts';
import { decodeUsimAuthKey } from '../../telecom/uicc/authentication-key-file.ts';
import { decodeCommandApdu } from '../../telecom/uicc/command-apdu.ts';
import { decodeEfIccid, encodeEfIccid } from '../../telecom/uicc/iccid-file.ts';
import { decodeEfImsi, encodeEfImsi } from '../../telecom/uicc/imsi-file.ts';
import { decodePlmn } from '../../telecom/uicc/plmn-coding.ts';
import { decodePlmnList } from '../../telecom/uicc/plmn-list-files.ts';
import { decodeSmsPpDownload, encodeSmsPpDownload } from '../../telecom/uicc/sms-pp-download.ts';
import { hex } from '../telecom/ota/packets.ts';
import type { FuzzTarget } from './target.ts';
import { DELIVER_TPDUS } from './message-targets.ts';

const SERVICE_CENTRE = hex('91947101000000');

/** What stands in a card's files, and the envelope in which it gets a message. */
export const UICC_TARGETS: readonly FuzzTarget[] = [
  { name: 'decodeCommandApdu', decode: decodeCommandApdu, seeds: [hex('00a40004023f00'), hex('00b0000009')] },
  { name: 'decodeEfIccid', decode: decodeEfIccid, seeds: [encodeEfIccid(parseIccid('8999901000000000013'))] },
  { name: 'decodeEfImsi', decode: decodeEfImsi, seeds: [encodeEfImsi(parseImsi('001010000000001'))] },
  { name: 'decodeEfAcc', decode: decodeEfAcc, seeds: [encodeEfAcc([7])] },
  { name: 'decodeEfAd', decode: decodeEfAd, seeds: [hex('00000002'), hex('000000')] },
  { name: 'decodeUsimAuthKey', decode: decodeUsimAuthKey, seeds: [hex(`14${'0f'.repeat(32)}`)] },
  { name: 'decodePlmn', decode: decodePlmn, seeds: [hex('00f110'), hex('130051')] },
  { name: 'decodePlmnList', decode: decodePlmnList, seeds: [hex('00f110130051ffffffffffff')] },
  {
    name: 'decodeSmsPpDownload',
    decode: decodeSmsPpDownload,
    seeds: DELIVER_TPDUS.map((tpdu) => encodeSmsPpDownload({ serviceCentre: SERVICE_CENTRE, tpdu })),
  },
];
