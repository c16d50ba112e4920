/** A PostgREST read as it came over the wire, split into its parts. */
export interface Read {
  readonly schema: string;
  /** The relation, or the function if it is a `call`. */
  readonly relation: string;
  /** The raw query string, without `?`. Of a call: without its arguments. */
  readonly search: string;
  /** Of a read by a function: what it is called with. */
  readonly call?: FunctionCall;
  /** The `Range` header in rows, inclusive. */
  readonly range?: { readonly from: number; readonly to?: number };
  /** `Prefer: count=exact` */
  readonly count?: "exact";
  /**
   * The accepted media types in PostgREST's order of preference: lower case, no parameters. PostgREST always handles the
   * last, but a table may have its own handler for any that does not begin with `application/vnd.pgrst.`.
   */
  readonly accept?: readonly string[];
  /** `Accept: application/vnd.pgrst.object+json` */
  readonly single?: boolean;
  /** `Prefer: timezone=…` */
  readonly timezone?: string;
}

/**
 * A read by a function (`/rest/v1/rpc/f`), besides its filters, order and page.
 *
 * - *GET*: arguments by name, decoded, in order of their names; a name may repeat.
 * - *POST*: the JSON object that holds them, as `canonicalBody` prints it.
 */
export type FunctionCall =
  | { readonly method: "GET"; readonly arguments: readonly Argument[] }
  | { readonly method: "POST"; readonly body: string };

/** An argument of a GET: its name, and its value as text. */
export type Argument = readonly [name: string, value: string];
