/** A PostgREST read as it comes from the wire, already taken apart. */
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
   * The media types that are accepted, in PostgREST's order of preference: lower case, no parameters. The last always
   * has a handler, but a table may have its own for any of them that does not begin with `application/vnd.pgrst.`.
   */
  readonly accept?: readonly string[];
  /** `Accept: application/vnd.pgrst.object+json` */
  readonly single?: boolean;
  /** `Prefer: timezone=…` */
  readonly timezone?: string;
}
