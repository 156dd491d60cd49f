import { faultsOf, resolved, type Node } from '../support/described.ts';

const { schema } = resolved({
  schema: { allOf: [{ $ref: '#/envelope' }, { type: 'object', properties: { data: { $ref: '#/data' } } }] },
  envelope: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
  data: {
    oneOf: [
      { type: 'null' },
      { type: 'object', properties: { at: { type: 'array', items: { type: 'object', properties: { x: {} } } } } },
    ],
  },
}) as { readonly schema: Node };

test('a value that fits has no fault, in whichever part of its schema a member is described', () => {
  expect(faultsOf(schema, { id: 'a', data: { at: [{ x: 1 }] } })).toEqual([]);
  expect(faultsOf(schema, { id: 'a', data: null })).toEqual([]);
});

test('a member that no part of the schema describes is a fault, however deep it is', () => {
  expect(faultsOf(schema, { id: 'a', k: 1, data: { b: 2, at: [{ x: 1, y: 2 }] } })).toEqual([
    '/k: is not described',
    '/data/b: is not described',
    '/data/at[]/y: is not described',
  ]);
});

test('a member that is missing or of another type is a fault', () => {
  expect(faultsOf(schema, {})).toHaveLength(1);
  expect(faultsOf(schema, { id: 7 })).toHaveLength(1);
});
