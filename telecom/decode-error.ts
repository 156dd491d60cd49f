/** What a decoder could not accept: the field, the clause that defines it, and what is wrong, without the rejected value. */
export interface DecodeProblem {
  readonly field: string;
  readonly clause: string;
  readonly problem: string;
}

/** The only error that decoders and parsers of this folder throw; its message never repeats the input, which may hold keys. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly field: string;
  readonly clause: string;

  constructor({ field, clause, problem }: DecodeProblem) {
    super(`${field} cannot be decoded: ${problem} (${clause})`);
    this.field = field;
    this.clause = clause;
  }
}
