import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** One object of a document in JSON or YAML: a schema, or what holds schemas. */
export type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The document with what a `$ref` points at in its place. */
export function resolved(document: unknown): unknown {
  const target = (pointer: string): unknown =>
    pointer
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((node, key) => (node as Node)[key], document);
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (!isNode(node)) return node;
    if (typeof node['$ref'] === 'string') return walk(target(node['$ref']));
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
  };
  return walk(document);
}

export const readDescription = (path: string): unknown => resolved(parse(readFileSync(path, 'utf8')));

/** A schema with all that it is made of. */
const partsOf = (schema: Node): Node[] =>
  [schema['allOf'], schema['oneOf'], schema['anyOf']]
    .flat()
    .filter(isNode)
    .reduce<Node[]>((parts, part) => [...parts, ...partsOf(part)], [schema]);

/** The places of a value that no part of its schema knows, which a schema by itself lets through. */
function unknownPlaces(schemas: readonly Node[], value: unknown, place: string): string[] {
  const parts = schemas.flatMap(partsOf);
  const below = (key: 'items' | 'properties', name?: string): Node[] =>
    parts.flatMap((part) => {
      const found = name === undefined ? part[key] : isNode(part[key]) ? part[key][name] : undefined;
      return isNode(found) ? [found] : [];
    });
  if (Array.isArray(value)) return value.flatMap((one) => unknownPlaces(below('items'), one, `${place}[]`));
  if (!isNode(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const described = below('properties', name);
    return described.length === 0 ? [`${place}/${name}`] : unknownPlaces(described, member, `${place}/${name}`);
  });
}

/** What is wrong with a value by its schema; members that the schema does not name are wrong, too. */
export function faultsOf(schema: Node, value: unknown): string[] {
  const { error } = z.fromJSONSchema(schema).safeParse(value);
  return [
    ...(error?.issues ?? []).map(({ path, message }) => `/${path.join('/')}: ${message}`),
    ...unknownPlaces([schema], value, '').map((place) => `${place}: is not described`),
  ];
}
