import { toServe } from '../../workers/roles.ts';

const REGISTERED = [{ id: 'north' }, { id: 'south' }];

test('a process serves all that are registered when it is not told which', () => {
  expect(toServe('operator', REGISTERED, undefined)).toEqual(REGISTERED);
});

test('a process serves only those that it is told', () => {
  expect(toServe('operator', REGISTERED, ['south'])).toEqual([{ id: 'south' }]);
});

test('an id that is not registered is not left out in silence: it is told, with those that are', () => {
  expect(() => toServe('SMSC', REGISTERED, ['north', 'nobody'])).toThrow(
    'no SMSC is registered as nobody; there are north, south',
  );
});

test('a process that has nothing to serve does not run idle', () => {
  expect(() => toServe('operator', [], undefined)).toThrow('no operator is registered');
});
