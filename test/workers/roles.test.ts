import { together, toServe, untilStopped, type Running } from '../../workers/roles.ts';

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

test('parts of a role that has started are stopped when another part can not start', async () => {
  const stopped: string[] = [];
  const part = (name: string): Running =>
    untilStopped(() => {
      stopped.push(name);
      return Promise.resolve();
    });
  const late = new Promise<Running>((resolve) => {
    setTimeout(() => {
      resolve(part('south'));
    }, 20);
  });
  const parts = [Promise.resolve(part('north')), Promise.reject(new Error('the port is taken')), late];
  await expect(together(parts)).rejects.toThrow('the port is taken');
  expect(stopped).toEqual(['north', 'south']);
});
