declare const brand: unique symbol;

/** A string that only the parser of its name can make, so that one identifier cannot be passed where another belongs. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };
