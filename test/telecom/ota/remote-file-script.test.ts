import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { encodeCommandPacket } from '../../../telecom/ota/command-packet.ts';
import { decodeExpandedCommand } from '../../../telecom/ota/expanded-format.ts';
import {
  REFRESH_UICC_RESET,
  adminCodeScript,
  idleScript,
  imsiScript,
  refreshScript,
  subscriptionScript,
  type RemoteFileManagement,
} from '../../../telecom/ota/remote-file-script.ts';
import { Secret } from '../../../telecom/secret.ts';
import { segmentCommandPacket } from '../../../telecom/sms/segments.ts';
import { command as anyCommand, hex } from './packets.ts';

const ADMIN_CODE = Secret.of(hex('3132333435363738'));
const subscription = {
  ...{ imsi: parseImsi('262011106487504'), plmn: parsePlmn('26201') },
  ...{ k: Secret.of(hex('11'.repeat(16))), opc: Secret.of(hex('22'.repeat(16))) },
};
const VERIFY = '0020000a083132333435363738';
const UPDATE_IMSI = '00d6870009082926101160845740';
const SELECT_AND_UPDATE_KEY = ['00a4000c02af20', `00d600002114${'11'.repeat(16)}${'22'.repeat(16)}`];
const compact: RemoteFileManagement = { format: 'compact', files: ['imsi', 'usimAuthKey'], refresh: false };

test('the script that proves the admin code does nothing else', () => {
  const { data, commands } = adminCodeScript(ADMIN_CODE, 'compact');
  expect([toHex(data), commands]).toEqual([VERIFY, 1]);
  expect(decodeExpandedCommand(adminCodeScript(ADMIN_CODE, 'expanded').data)).toMatchObject({
    commands: [hex(VERIFY)],
    immediateActions: [],
  });
});

test('the script that reads the IMSI selects its file from the root, writes nothing, and asks for an answer last', () => {
  const commands = ['00a4000c023f00', '00a4000c027fff', '00a4000c026f07', '00b0000009'];
  const { data, ...script } = imsiScript('compact');
  expect([toHex(data), script.commands]).toEqual([commands.join(''), 4]);
  expect(decodeExpandedCommand(imsiScript('expanded').data)).toMatchObject({
    ...{ commands: commands.map(hex), immediateActions: [] },
  });
});

test('the idle script selects the root of the files and nothing else', () => {
  expect([toHex(idleScript('compact').data), idleScript('compact').commands]).toEqual(['00a4000c023f00', 1]);
});

test('a file with a short identifier takes one command, one without it takes SELECT and UPDATE', () => {
  const { data, commands } = subscriptionScript(ADMIN_CODE, subscription, compact);
  expect([toHex(data), commands]).toEqual([[VERIFY, UPDATE_IMSI, ...SELECT_AND_UPDATE_KEY].join(''), 4]);
});

test('a script may do nothing but have the device read the card anew', () => {
  const { data, commands } = refreshScript();
  expect(decodeExpandedCommand(data)).toMatchObject({
    ...{ commands: [hex('00a4000c023f00')], immediateActions: [REFRESH_UICC_RESET] },
  });
  expect(commands).toBe(1);
});

test('a script in expanded format ends with REFRESH, which is none of its commands', () => {
  const { data, commands } = subscriptionScript(ADMIN_CODE, subscription, {
    ...compact,
    format: 'expanded',
    refresh: true,
  });
  const decoded = decodeExpandedCommand(data);
  expect(decoded.commands.map(toHex)).toEqual([VERIFY, UPDATE_IMSI, ...SELECT_AND_UPDATE_KEY]);
  expect(decoded.immediateActions.map(toHex)).toEqual(['810301010482028182']);
  expect(commands).toBe(4);
});

test('a script in compact format can have no REFRESH', () => {
  expect(() => subscriptionScript(ADMIN_CODE, subscription, { ...compact, refresh: true })).toThrow(RangeError);
});

test('of EF.AD only octet 4 is written: how a device is operated stays as the card has it', () => {
  const withAd = { ...compact, files: ['ad' as const] };
  expect(toHex(subscriptionScript(ADMIN_CODE, subscription, withAd).data)).toBe(`${VERIFY}00d683030102`);
  const threeDigits = { ...subscription, plmn: parsePlmn('310410') };
  expect(toHex(subscriptionScript(ADMIN_CODE, threeDigits, withAd).data)).toBe(`${VERIFY}00d683030103`);
});

test('every entry of EF.FPLMN is cleared that the card has: four unless its profile says more', () => {
  const cleared = (fplmnEntries?: number) =>
    toHex(
      subscriptionScript(ADMIN_CODE, subscription, {
        ...{ ...compact, files: ['fplmn'] },
        ...(fplmnEntries !== undefined && { fplmnEntries }),
      }).data,
    );
  expect(cleared()).toBe(`${VERIFY}00d68d000c${'ff'.repeat(12)}`);
  expect(cleared(10)).toBe(`${VERIFY}00d68d001e${'ff'.repeat(30)}`);
});

test('IMSI, length of its MNC, key and location fit one SMS, signed and ciphered', () => {
  const { data } = subscriptionScript(ADMIN_CODE, subscription, {
    ...compact,
    files: ['imsi', 'ad', 'usimAuthKey', 'loci'],
  });
  expect(segmentCommandPacket(encodeCommandPacket({ ...anyCommand, data }), { reference: 1 })).toHaveLength(1);
});

test('an admin code of another length is refused without being shown', () => {
  expect(() => adminCodeScript(Secret.of(hex('313233')), 'compact')).toThrow('an admin code is 8 octets');
});
