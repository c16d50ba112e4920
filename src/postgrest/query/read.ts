/** A PostgREST read as it came over the wire, split into its parts. */
export interface Read {
  readonly schema: string;
  readonly relation: string;
  /** The raw query string, without `?`. */
  readonly search: string;
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
