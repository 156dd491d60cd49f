import { cardProfiles } from '../../../services/packets/card-profiles.ts';
import { probeScript } from '../../../services/packets/read-back.ts';
import { toHex } from '../../../telecom/octets/hex.ts';

const CPA = { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes' };
const RFM = { ...CPA, format: 'rfm', tar: 'b00011', commands: 'compact', files: ['imsi', 'usimAuthKey'] };
const READ_IMSI = '00a4000c023f0000a4000c027fff00a4000c026f0700b0000009';

test.each<readonly [string, object, readonly [script: string, commands: number]]>([
  ['of the card application reads nothing: its command has no field', CPA, ['80e2010000', 1]],
  ['of the card application reads where its profile says', { ...CPA, readBack: { tar: 'b00011' } }, [READ_IMSI, 4]],
  ['of remote files reads the IMSI', RFM, [READ_IMSI, 4]],
  ['of remote files that can not be read selects their root', { ...RFM, readBack: 'none' }, ['00a4000c023f00', 1]],
])('the probe of a card %s', (_what, profile, expected) => {
  const { mine } = cardProfiles({ name: 'profiles.json', text: JSON.stringify({ mine: profile }) });
  if (mine === undefined) throw new Error('the profile is not there');
  const { data, commands } = probeScript(mine);
  expect([toHex(data), commands]).toEqual(expected);
});
