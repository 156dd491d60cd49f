// Prints the demo cards as CSV, always the same ones: node examples/generate-cards.mjs > examples/cards.csv
// No card of the real world has these numbers: 999 is no country code in use, 001-01 and 001-02 are test networks.
import { createHmac } from 'node:crypto';

const CARDS_PER_OPERATOR = 600;
const OPERATORS = [
  { id: 'operator-1', issuer: '01', plmn: '00101' },
  { id: 'operator-2', issuer: '02', plmn: '00102' },
];
const COLUMNS = ['iccid', 'operator', 'imsi', 'msisdn', 'profile', 'adm1', 'kvn', 'kic', 'kid'];
// The last cards of each operator are of the other kinds, ten of each; all others are of the first kind.
const PROFILE = 'cpa-aes';
const OTHER_PROFILES = ['cpa-aes-consent', 'rfm-aes', 'rfm-aes-expanded'];
const CARDS_PER_OTHER_PROFILE = 10;
const KVN = '2';
// Every demo secret begins with it, so that one found where it does not belong is recognised at sight.
const DEMO_MARK = 'de30';

const luhnDigit = (digits) => {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const weighted = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return String((10 - (sum % 10)) % 10);
};

const demoSecret = (label, { iccid, octets }) =>
  DEMO_MARK +
  createHmac('sha256', 'rehome demo cards')
    .update(`${label}/${iccid}`)
    .digest('hex')
    .slice(0, 2 * octets - DEMO_MARK.length);

const profileOf = (number) => {
  const fromTheEnd = CARDS_PER_OPERATOR - number;
  return OTHER_PROFILES.at(-1 - Math.floor(fromTheEnd / CARDS_PER_OTHER_PROFILE)) ?? PROFILE;
};

const card = ({ id, issuer, plmn }, number) => {
  const serial = String(number);
  const withoutCheckDigit = `89999${issuer}${serial.padStart(11, '0')}`;
  const iccid = withoutCheckDigit + luhnDigit(withoutCheckDigit);
  return {
    iccid,
    operator: id,
    imsi: plmn + serial.padStart(10, '0'),
    msisdn: `999${issuer}1${serial.padStart(7, '0')}`,
    profile: profileOf(number),
    adm1: demoSecret('adm1', { iccid, octets: 8 }),
    kvn: KVN,
    kic: demoSecret('kic', { iccid, octets: 16 }),
    kid: demoSecret('kid', { iccid, octets: 16 }),
  };
};

const line = (values) => `${values.map((value) => `"${value}"`).join(',')}\n`;

process.stdout.write(line(COLUMNS));
for (const operator of OPERATORS) {
  for (let number = 1; number <= CARDS_PER_OPERATOR; number += 1) {
    const values = card(operator, number);
    process.stdout.write(line(COLUMNS.map((column) => values[column])));
  }
}
