import { type ClaimPath, pathText } from "../../postgrest/claims/claims.ts";
import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import { Lru } from "../../runtime/lru.ts";
import type { Clients } from "../budgets/clients.ts";
import type { NotTold, Origin, WhoAmI } from "../ports/ports.ts";
import type { Bearer, NoAudience } from "../protocol/audience.ts";
import { type Identity, tells } from "./identities.ts";

/** A token that the database refuses is not shown to it again for this long. */
export const REFUSED_MS = 60_000;

/** After a question that was not answered, or that a budget did not allow. */
const NOT_NOW: NotVouched = { reason: "token-unknown", forMs: 5_000, isRefused: false };

/** Refused tokens that are remembered; about 200 bytes each. */
const REFUSED_MAX = 10_000;

/** Questions under way at once, of all clients together. */
export const QUESTIONS_AT_ONCE = 32;

/** Claims that are asked for ahead of need. Beyond them, only those that are needed. */
const PATHS_LEARNED = 32;

/** Tells people apart (S10). */
const SUBJECT: ClaimPath = ["sub"];

/** A longer one is not remembered wherever a person is told from others: the token's digest takes its place. */
const SUBJECT_MAX_LENGTH = 200;

/** The database does not vouch for the bearer, and need not be asked for a while. */
export interface NotVouched {
  readonly reason: NoAudience;
  readonly forMs: number;
  /** Whether the database has said so. */
  readonly isRefused: boolean;
}

interface RefusedToken {
  readonly reason: NoAudience;
  readonly until: number;
}

interface WhoAsksPorts {
  readonly clock: Clock;
  readonly origin: Pick<Origin, "whoami">;
  readonly clients: Pick<Clients, "mayAskWho">;
  readonly deadlineMs: number;
}

/**
 * Asks the database who shows a token: once at a time for a token, within each client's budget, and not again for a while
 * when it refuses. It asks for all claims that any read has needed since the schema changed, so that a reader is asked
 * about once, not once for each kind of query.
 */
export class WhoAsks {
  readonly #ports: WhoAsksPorts;
  readonly #refused = new Lru<RefusedToken>({ maxBytes: Number.POSITIVE_INFINITY, maxEntries: REFUSED_MAX });
  #asking = new Map<string, Promise<Identity | NotVouched>>();
  #learned = new Map<string, ClaimPath>();
  /** How many questions are under way, also those that nobody waits for any more. */
  #underWay = 0;

  constructor(ports: WhoAsksPorts) {
    this.#ports = ports;
  }

  /** What is on its way does not count, and other claims may be needed from now on. */
  forget(): void {
    this.#asking = new Map();
    this.#learned = new Map();
  }

  /** That the database has refused the token a while ago. */
  refusalOf(digest: string): NotVouched | undefined {
    const refusal = this.#refused.get(digest);
    const forMs = (refusal?.until ?? 0) - this.#ports.clock.now();
    return refusal !== undefined && forMs > 0
      ? { reason: refusal.reason, forMs, isRefused: true }
      : undefined;
  }

  /** @param paths that the answer must tell */
  async ask(bearer: Bearer, paths: readonly ClaimPath[], client: string): Promise<Identity | NotVouched> {
    const underWay = this.#asking.get(bearer.digest);
    if (underWay !== undefined) {
      const known = await underWay;
      if ("forMs" in known || tells(known, paths)) return known;
    }
    return this.#asking.get(bearer.digest) ?? this.#start(bearer, paths, client);
  }

  #start(
    { digest, token }: Bearer,
    paths: readonly ClaimPath[],
    client: string,
  ): Promise<Identity | NotVouched> | NotVouched {
    const { clock, clients } = this.#ports;
    const now = clock.now();
    const refusal = this.refusalOf(digest);
    if (refusal !== undefined) return refusal;
    if (this.#underWay >= QUESTIONS_AT_ONCE || !clients.mayAskWho(client, now)) return NOT_NOW;
    const asked = this.#pathsWith(paths);
    this.#underWay++;
    const answer = this.#askNow(token, asked).then((who) => this.#identityOf(digest, who, asked, now));
    const ended = answer.finally(() => {
      this.#underWay--;
      if (this.#asking.get(digest) === ended) this.#asking.delete(digest);
    });
    this.#asking.set(digest, ended);
    return ended;
  }

  async #askNow(token: string, paths: readonly ClaimPath[]): Promise<WhoAmI | NotTold> {
    const { clock, origin, deadlineMs } = this.#ports;
    try {
      return await within(clock, deadlineMs, origin.whoami(token, paths), () => "failed" as const);
    } catch {
      // Nothing of the error is passed on: it may print the request.
      return "failed";
    }
  }

  #identityOf(
    digest: string,
    who: WhoAmI | NotTold,
    paths: readonly ClaimPath[],
    askedAt: number,
  ): Identity | NotVouched {
    if (who === "refused" || who === "forbidden") {
      const reason = who === "refused" ? "token-unknown" : "role-not-cached";
      this.#refused.set(digest, { reason, until: this.#ports.clock.now() + REFUSED_MS }, 1);
      return { reason, forMs: REFUSED_MS, isRefused: true };
    }
    if (who === "failed" || who.claims.length !== paths.length) return NOT_NOW;
    const claims = new Map(paths.map((path, at) => [pathText(path), who.claims[at] ?? null]));
    const sub = claims.get(pathText(SUBJECT)) ?? "";
    const subject = sub !== "" && sub.length <= SUBJECT_MAX_LENGTH ? sub : digest;
    const expiresAt = who.exp !== null && Number.isSafeInteger(who.exp) ? who.exp * 1_000 : null;
    return { role: who.role, claims, subject, expiresAt, askedAt, names: new Map() };
  }

  /** These, and those that other reads have needed. */
  #pathsWith(paths: readonly ClaimPath[]): readonly ClaimPath[] {
    const all = new Map<string, ClaimPath>([[pathText(SUBJECT), SUBJECT], ...this.#learned]);
    for (const path of paths) all.set(pathText(path), path);
    if (all.size <= PATHS_LEARNED) this.#learned = all;
    return [...all.values()];
  }
}
