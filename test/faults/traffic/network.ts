/** The odds of a message's fate, in percent. */
export interface Network {
  readonly lost: number;
  readonly twice: number;
  /** The longest delay; messages may arrive in any order. */
  readonly lateMs: number;
}

export const GOOD: Network = { lost: 0, twice: 0, lateMs: 0 };
export const BAD: Network = { lost: 30, twice: 20, lateMs: 400 };
export const SILENT: Network = { lost: 100, twice: 0, lateMs: 0 };
