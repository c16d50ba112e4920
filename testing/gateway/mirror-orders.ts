// What tests order of the Worker in `workers/mirrored.ts`.

/** What is wrong with a mirror. */
export type MirrorFault =
  /** it is well */
  | null
  /** it loses its memory, once */
  | "killed"
  /** its configuration is another, as while a new version of the Worker is rolled out */
  | "of another version"
  /** the keeper does not answer it */
  | "cut-off"
  /** what the keeper tells it arrives this many milliseconds late */
  | { readonly lagMs: number }
  /** it answers this many milliseconds late */
  | { readonly slowMs: number }
  /** its clock, and that of all mirrors, has been set by this many milliseconds */
  | { readonly clockSetMs: number };

export interface MirrorOrder {
  readonly mirror: string;
  readonly fault: MirrorFault;
}

export interface StormOrder {
  readonly mirror: string;
  readonly calls: number;
  readonly boundMs: number;
}

/** How often a mirror was called. */
export interface Heard {
  readonly calls: number;
  readonly nudges: number;
}
