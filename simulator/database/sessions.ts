import { createHash } from "node:crypto";
import { claimsOf, PEOPLE } from "./people.ts";

/** A token as it was issued. */
export interface Session {
  readonly person: number;
  readonly text: string;
  /** By this the cache knows it. */
  readonly digest: string;
  /** Epoch seconds. */
  readonly exp: number;
  /** Its key is trusted no more, as of this moment in true time. */
  revokedAt: number;
}

/** PostgREST accepts a token for this long after it has expired. */
const LEEWAY_MS = 30_000;

/** Who is signed in: tokens as an auth server issues them, and as PostgREST checks them. */
export class Sessions {
  readonly #sessions: Session[] = [];

  /** Signs somebody in, or refreshes their token: the claims are the same but for `exp`. */
  issue(person: number, now: number, lastsMs: number): void {
    const exp = Math.ceil((now + lastsMs) / 1_000);
    const text = `token-${this.#sessions.length}-of-${person}`;
    const digest = createHash("sha256").update(text).digest("base64");
    this.#sessions.push({ person, text, digest, exp, revokedAt: Number.POSITIVE_INFINITY });
  }

  /** All their tokens are refused from now on. */
  revoke(person: number, at: number): void {
    for (const session of this.#of(person)) session.revokedAt = Math.min(session.revokedAt, at);
  }

  /** The person's latest token, or (1, 2, …) an earlier one. */
  shown(person: number, back: number): Session {
    const sessions = this.#of(person);
    return sessions[Math.max(0, sessions.length - 1 - back)] as Session;
  }

  /** The token's session, if it was issued here. */
  find(text: string): Session | undefined {
    return this.#sessions.find((session) => session.text === text);
  }

  all(): readonly Session[] {
    return this.#sessions;
  }

  /**
   * As PostgREST checks it.
   *
   * @param now in true time
   * @param shown by the clock of the database's machine, in epoch milliseconds
   */
  accepted(text: string, now: number, shown: number): Session | null {
    const session = this.find(text);
    if (!session || session.revokedAt <= now || session.exp * 1_000 + LEEWAY_MS <= shown) return null;
    return session;
  }

  claims({ person, exp }: Session): object {
    return claimsOf(PEOPLE[person] as (typeof PEOPLE)[number], exp);
  }

  #of(person: number): Session[] {
    return this.#sessions.filter((session) => session.person === person);
  }
}
