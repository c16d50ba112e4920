import type { Position } from "../../src/keeper/protocol/position.ts";
import type { Cause } from "../database/truth.ts";
import type { Settings } from "../history/history.ts";

/** A token lives a minute, or the longest bound if that is longer (P22): what is given while it is revalidated adds to it. */
const TOKEN_MS = 60_000;

/**
 * A client that reads its own writes: strictly until one such read, begun after the last acknowledged write, has
 * answered with a position; that is its token from then on.
 */
export class Client {
  /** The client's acknowledged writes. */
  readonly own = new Set<Cause>();
  readonly #tokenMs: number;
  #strictSince: number | null = null;
  #token: { readonly position: Position; readonly until: number } | null = null;

  constructor({ staleWhileRevalidateMs }: Pick<Settings, "staleWhileRevalidateMs">) {
    this.#tokenMs = TOKEN_MS + staleWhileRevalidateMs;
  }

  wrote(cause: Cause, now: number): void {
    this.own.add(cause);
    this.#strictSince = now;
  }

  /** The database was restored: acknowledged writes may be gone. */
  forget(): void {
    this.own.clear();
  }

  order(boundMs: number, now: number): { readonly boundMs: number; readonly token: Position | null } {
    if (this.#strictSince !== null) return { boundMs: 0, token: null };
    const token = this.#token && now < this.#token.until ? this.#token.position : null;
    return { boundMs, token };
  }

  answered(position: Position | null, start: number, isStrict: boolean, now: number): void {
    if (this.#strictSince === null || !isStrict || start <= this.#strictSince) return;
    if (position === null) return;
    this.#strictSince = null;
    this.#token = { position, until: now + this.#tokenMs };
  }
}
