import 'snarkjs';

/** What the types of snarkjs leave out. */
declare module 'snarkjs' {
  namespace curves {
    function getCurveFromName(
      name: string,
      options?: { readonly singleThread?: boolean },
    ): Promise<{ readonly Fr: { fromRng(rng: object): Uint8Array; toObject(element: Uint8Array): bigint } }>;
  }
}
