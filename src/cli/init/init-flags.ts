import type { LOCATION_HINTS } from "../../gateway/config/keeper-config.ts";

/** What init is told on the command line. Undefined: it finds out or asks. */
export interface InitFlags {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly tables: readonly string[] | undefined;
  readonly schemas: readonly string[] | undefined;
  readonly changes: "capture" | "webhooks" | undefined;
  readonly name: string | undefined;
  readonly location: (typeof LOCATION_HINTS)[number] | undefined;
  /** The Supabase CLI's folder. Default: `supabase`, if there is one. */
  readonly supabase: string | undefined;
}
