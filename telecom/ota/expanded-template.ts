import { encodeTlv, readLength, readTlvs, readTlvsToEnd, type Tlv } from '../octets/ber-tlv.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const END_OF_CONTENTS = Uint8Array.of(0, 0);

/** Whether a template says its length, or ends with 00 00. */
export type Lengths = 'definite' | 'indefinite';

/** The two tags of a scripting template (ETSI TS 101 220 table 7.18). */
export type TemplateTags = Readonly<Record<Lengths, number>>;

/** Definite tag, length and the parts, or indefinite tag, 80, the parts and 00 00. */
export function template(tags: TemplateTags, lengths: Lengths, parts: readonly Uint8Array[]): Uint8Array {
  const content = parts.reduce((writer, part) => writer.appendOctets(part), new OctetWriter()).toOctets();
  if (lengths === 'definite') return encodeTlv(tags.definite, content);
  return new OctetWriter()
    .appendOctet(tags.indefinite)
    .appendOctet(0x80)
    .appendOctets(content)
    .appendOctets(END_OF_CONTENTS)
    .toOctets();
}

/** The objects of a template that fills the octets, and the reader behind it for what is wrong with them; throws only DecodeError. */
export function openTemplate(
  octets: Uint8Array,
  tags: TemplateTags,
  clause: string,
): { readonly lengths: Lengths; readonly objects: readonly Tlv[]; readonly reader: OctetReader } {
  const reader = new OctetReader(octets, { clause });
  const tag = reader.readOctet('template');
  if (tag !== tags.definite && tag !== tags.indefinite) throw reader.error('template', 'its tag is another one');
  const lengths: Lengths = tag === tags.definite ? 'definite' : 'indefinite';
  const length = readLength(reader, 'template');
  if ((length === 'indefinite') !== (lengths === 'indefinite'))
    throw reader.error('length of template', `its tag asks for a length that is ${lengths}`);
  const objects =
    length === 'indefinite'
      ? readTlvsToEnd(reader, 'object')
      : readTlvs(new OctetReader(reader.readOctets(length, 'template'), { clause }), 'object');
  reader.expectEnd('template');
  return { lengths, objects, reader };
}
