/** Matches the DecodeError that a decoder throws for this field. */
export const refusal = (field: string): Error => expect.objectContaining({ name: 'DecodeError', field }) as Error;
