/**
 * Types that tie the model to the contracts' ABIs: a transition, error or event that exists on one side only does not
 * compile. (Overloads would collapse into one key; `npm run compile` refuses them.)
 * @module
 */
import type {
  Abi,
  AbiParameter,
  AbiParametersToPrimitiveTypes,
  AbiParameterToPrimitiveType,
  ExtractAbiError,
  ExtractAbiErrorNames,
  ExtractAbiEvent,
  ExtractAbiEventNames,
  ExtractAbiFunction,
  ExtractAbiFunctionNames,
} from 'abitype';

type Named<P extends readonly AbiParameter[]> = {
  readonly [K in P[number] as K['name'] & string]: AbiParameterToPrimitiveType<K>;
};

/** Names of the functions that change state. */
export type WriteName<A extends Abi> = ExtractAbiFunctionNames<A, 'nonpayable' | 'payable'>;

export type Inputs<A extends Abi, F extends WriteName<A>> = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<A, F>['inputs']
>;

type Outputs<A extends Abi, F extends WriteName<A>> = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<A, F>['outputs'],
  'outputs'
>;

/** What a call returns: the list of its outputs. */
export type Returns<A extends Abi, F extends WriteName<A>> = Outputs<A, F>;

/** A refusal: the custom error that the contract reverts with, and its arguments in order. */
export type RefusalOf<A extends Abi> = A extends Abi
  ? {
      [N in ExtractAbiErrorNames<A>]: {
        readonly error: N;
        readonly args: AbiParametersToPrimitiveTypes<ExtractAbiError<A, N>['inputs']>;
      };
    }[ExtractAbiErrorNames<A>]
  : never;

/** An event with its arguments by name, emitted by the contract `C`. */
export type EventOf<C extends string, A extends Abi> = {
  [N in ExtractAbiEventNames<A>]: {
    readonly contract: C;
    readonly event: N;
    readonly args: Named<ExtractAbiEvent<A, N>['inputs']>;
  };
}[ExtractAbiEventNames<A>];
