type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A value as JSON in its one canonical form (RFC 8785): members by the UTF-16 code units of their names, no white space. */
export const canonicalJson = (value: unknown): string => written(JSON.parse(JSON.stringify(value)) as Json);

function written(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`).join(',')}}`;
}
