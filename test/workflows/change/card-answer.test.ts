import { RESPONSE_STATUSES, type ResponseStatus } from '../../../telecom/ota/response-status.ts';
import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import { cardAnswer, checkAnswer, type CardAnswer } from '../../../workflows/change/card-answer.ts';
import { FAILURES, type FailureCode } from '../../../workflows/shared/failure-codes.ts';

const refused = (code: FailureCode) => ({ kind: 'refused', code }) as const;
const unclear = (code: FailureCode) => ({ kind: 'unclear', code }) as const;
type Expected = Pick<CardAnswer, 'kind'>;

/** What each response status of TS 102 225 table 5 says of the card. */
const ANSWERS: Readonly<Record<Exclude<ResponseStatus, 'porOk'>, Expected>> = {
  integrityFailed: unclear('POR_INTEGRITY_FAILED'),
  cntrLow: unclear('POR_CNTR_LOW'),
  cntrHigh: unclear('POR_CNTR_HIGH'),
  cntrBlocked: unclear('POR_CNTR_BLOCKED'),
  cipheringError: unclear('POR_CIPHERING_ERROR'),
  securityError: unclear('POR_SECURITY_ERROR'),
  memoryFull: unclear('POR_MEMORY_FULL'),
  moreTime: { kind: 'announced' },
  tarUnknown: unclear('POR_TAR_UNKNOWN'),
  insufficientSecurity: unclear('POR_INSUFFICIENT_SECURITY'),
  byShortMessage: { kind: 'announced' },
  byUssd: { kind: 'announced' },
};

const STATUS_WORDS: readonly [statusWord: string | undefined, answer: Expected][] = [
  ['9000', { kind: 'executed' }],
  ['910b', { kind: 'executed' }],
  ['9300', unclear('CARD_STATUS_WORD')],
  ['63c2', refused('ADMIN_CODE_WRONG')],
  ['63c0', refused('ADMIN_CODE_WRONG')],
  ['6983', refused('ADMIN_CODE_BLOCKED')],
  ['6985', refused('USER_DECLINED')],
  ['63d0', unclear('CARD_STATUS_WORD')],
  ['6f00', unclear('CARD_STATUS_WORD')],
  ['6a82', unclear('CARD_STATUS_WORD')],
  [undefined, unclear('CARD_STATUS_WORD')],
];

const por = (of: Partial<ProofOfReceipt>): ProofOfReceipt => ({
  ...{ eventId: 'event-1', changeId: 'change-1', cntr: 1, status: 'porOk', authenticated: true },
  ...of,
});

for (const status of RESPONSE_STATUSES) {
  if (status === 'porOk') continue;
  const answer = ANSWERS[status];
  test(`what a card says of the packet that answers ${status} is ${answer.kind}`, () => {
    expect(cardAnswer(por({ status }))).toMatchObject(answer);
  });
}

for (const [statusWord, answer] of STATUS_WORDS) {
  test(`a card that ran the command with status word ${statusWord ?? '(none)'} has ${answer.kind} it`, () => {
    expect(cardAnswer(por(statusWord === undefined ? {} : { statusWord }))).toMatchObject(answer);
  });
}

test('a right admin code is right also when the card has a command for its device pending', () => {
  expect(['9000', '910b'].map((statusWord) => checkAnswer(por({ statusWord, purpose: 'check' })))).toEqual([
    'right',
    'right',
  ]);
});

test('a wrong admin code is told with the tries that the card has left', () => {
  expect(cardAnswer(por({ statusWord: '63c2' }))).toMatchObject({
    message: expect.stringMatching(/tries left.*: 2$/) as string,
  });
});

test.each(RESPONSE_STATUSES)('a proof of receipt with status %s that is not authenticated says nothing', (status) => {
  expect(cardAnswer(por({ status, statusWord: '9000', authenticated: false }))).toBeUndefined();
});

test('a refusal is only what the failure table calls proof of an unchanged card', () => {
  const words = STATUS_WORDS.map(([statusWord]) => por(statusWord === undefined ? {} : { statusWord }));
  const statuses = RESPONSE_STATUSES.map((status) => por({ status, statusWord: '6983' }));
  const answers = [...words, ...statuses].flatMap((said) => cardAnswer(said) ?? []);
  expect(answers.filter(({ kind }) => kind === 'refused').length).toBeGreaterThan(3);
  for (const answer of answers) {
    if (answer.kind === 'refused') expect(FAILURES[answer.code].evidence).toBe('cardUnchanged');
    if (answer.kind === 'unclear') expect(FAILURES[answer.code].evidence).toBe('cardInDoubt');
  }
});
