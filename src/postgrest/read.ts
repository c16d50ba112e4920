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
  /** `Accept: application/vnd.pgrst.object+json` */
  readonly single?: boolean;
  /** `Prefer: timezone=…` */
  readonly timezone?: string;
  /** The media types that the answer may have, without parameters, in lower case, in the asker's order. Default: JSON. */
  readonly accept?: readonly string[];
}
