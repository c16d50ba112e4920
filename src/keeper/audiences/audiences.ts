import { audienceText, isPersonal } from "../../postgrest/claims/audience-text.ts";
import { type ClaimPath, pathText } from "../../postgrest/claims/claims.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Clients } from "../budgets/clients.ts";
import type { FootprintSource, KeyedDigest, Origin } from "../ports/ports.ts";
import type { SignedIn } from "../ports/settings.ts";
import type { AudienceAnswer, AudienceRequest, NoAudience } from "../protocol/audience.ts";
import type { FillRequest } from "../protocol/fill.ts";
import { audienceIn, audienceOf } from "../protocol/names.ts";
import type { Stats } from "../protocol/statistics.ts";
import { Identities, type Identity, name, tells } from "./identities.ts";
import type { KnownReader } from "./known-reader.ts";
import { type Needs, NeedsOfReads } from "./needs.ts";
import { readersIn } from "./scope.ts";
import { WhoAsks } from "./who-asks.ts";
import { Witnesses } from "./witnesses.ts";

interface BearerAudiencesPorts {
  readonly clock: Clock;
  readonly settings: SignedIn;
  readonly origin: Pick<Origin, "whoami">;
  readonly clients: Pick<Clients, "mayAskWho">;
  readonly digest: KeyedDigest;
  /** The footprints in force now. */
  readonly footprints: () => Pick<FootprintSource, "needs">;
  /** Whether changes are pulled. Webhooks tell nothing of roles and policies. */
  readonly isPulled: () => boolean;
  readonly generation: () => string;
  readonly deadlineMs: number;
  readonly meta: ConstructorParameters<typeof Witnesses>[0];
}

/** Before the first description of the schema it is not known how changes arrive, which decides whether anybody shares. */
const UNDECIDED_MS = 5_000;

type None = Extract<AudienceAnswer, { kind: "none" }>;

/**
 * Who shows a token, and whose answers they may share. The database says who they are (S1), the schema says what of that
 * matters to a read (S11), and the two make the audience (S6).
 */
export class BearerAudiences {
  readonly #ports: BearerAudiencesPorts;
  readonly #identities: Identities;
  readonly #who: WhoAsks;
  readonly #needs: NeedsOfReads;
  readonly witnesses: Witnesses;
  /** Grows when what is known of bearers no longer counts: a question under way has then been asked in vain. */
  #epoch = 0;

  constructor(ports: BearerAudiencesPorts) {
    const { settings, footprints } = ports;
    this.#ports = ports;
    this.#identities = new Identities(settings.recheckMs);
    this.#who = new WhoAsks(ports);
    this.#needs = new NeedsOfReads(settings.roles, footprints);
    this.witnesses = new Witnesses(ports.meta);
  }

  /** For `stats`. */
  get counted(): Omit<Stats["audiences"], "personalKeys"> {
    return { identities: this.#identities.size, differing: this.witnesses.condemned.map(readersIn) };
  }

  /** Whether anybody's reads with a token are cached. */
  get areOn(): boolean {
    return this.#ports.settings.roles.length > 0 && this.#ports.isPulled();
  }

  /** Whether readers with this role got different answers where they were taken to get the same (S10). */
  haveDiffered(read: Read, role: string): boolean {
    const needs = this.#needs.of(read).byRole.get(role);
    return needs !== undefined && "scope" in needs && this.witnesses.isCondemned(needs.scope);
  }

  /** Roles or policies may be others than they were: everybody is asked about again. */
  forget(): void {
    this.#epoch++;
    this.#identities.forget();
    this.#who.forget();
    this.#needs.forget();
    this.witnesses.forget();
  }

  /** The schema is another one. */
  clear(): void {
    this.forget();
    this.witnesses.clear();
  }

  /**
   * Whose answers a bearer may share for a read. Asks the database if the token, or what matters of it, is not known, and
   * the token has been vouched for before or the bearer is introduced. So a token that somebody made up costs the database
   * nothing, and a reader with a good one waits for a question instead of asking for rows and being asked about (S1).
   */
  async of(request: AudienceRequest): Promise<AudienceAnswer> {
    const epoch = this.#epoch;
    const answer = await this.#of(request, epoch);
    return epoch === this.#epoch ? answer : none("token-unknown", 0);
  }

  async #of({ read, bearer, client, introduced }: AudienceRequest, epoch: number): Promise<AudienceAnswer> {
    const { clock, settings } = this.#ports;
    if (!this.areOn) return none("audience-unknown", UNDECIDED_MS);
    const needs = this.#needs.of(read);
    const reasons = [...needs.byRole.values()].map((each) => ("bypass" in each ? each.bypass : null));
    const [reason] = reasons;
    // No reader can share it, so it does not matter who this one is.
    if (reason && !reasons.includes(null)) return none(reason, settings.recheckMs);
    const now = clock.now();
    const known = this.#identities.get(bearer.digest, now);
    const isEnough = known !== undefined && tells(known, needs.paths);
    if (isEnough && !(introduced && now >= this.#identities.dueFrom(known)))
      return this.#named(bearer.digest, known, needs);
    if (!introduced && !this.#identities.hasVouched(bearer.digest, now)) {
      const refusal = this.#who.refusalOf(bearer.digest);
      return none(refusal?.reason ?? "token-unknown", refusal?.forMs ?? 0);
    }
    const asked = await this.#who.ask(bearer, needs.paths, client);
    // What was asked about before a change is not kept. Nor may a claim that was not asked for count as missing.
    if (epoch !== this.#epoch) return none("token-unknown", 0);
    if ("forMs" in asked) {
      if (asked.isRefused) this.#identities.drop(bearer.digest);
      else if (isEnough) return this.#named(bearer.digest, known, needs);
      return none(asked.reason, asked.forMs);
    }
    if (!tells(asked, needs.paths)) return none("token-unknown", 0);
    this.#identities.set(bearer.digest, asked);
    return this.#named(bearer.digest, asked, needs);
  }

  async #named(digestOfToken: string, identity: Identity, needs: Needs): Promise<AudienceAnswer> {
    const { clock, digest, generation } = this.#ports;
    const leftUntil = (moment: number) => Math.max(0, moment - clock.now());
    const leftMs = leftUntil(this.#identities.until(identity));
    const standing = this.#standing(identity, needs);
    if (typeof standing === "string") return none(standing, leftMs);
    const { role, claims, names } = identity;
    let audience = names.get(needs.text);
    if (audience === undefined) {
      const isShared = !isPersonal(role, needs.paths, claims);
      audience = isShared
        ? audienceOf(role)
        : audienceOf(role, await digest(audienceText(role, needs.paths, claims)));
      name(identity, needs.text, audience);
      this.#identities.set(digestOfToken, identity);
    }
    const { expiresAt } = standing;
    const forMs = Math.min(leftMs, leftUntil(expiresAt));
    const dueInMs = leftUntil(this.#identities.dueFrom(identity));
    return {
      kind: "known",
      generation: generation(),
      audience,
      needs: needs.text,
      expiresAt,
      forMs,
      dueInMs,
    };
  }

  /**
   * Who asks for a read of those who sign in. Asks nobody: a bearer must be known and named already, and by that name
   * alone may a key be asked for. Decides in the turn of the call; null: the read is for everybody.
   */
  askerOf({ read, bearer }: FillRequest): KnownReader | NoAudience | null {
    // An isolate of an earlier deployment shows no bearer.
    if (bearer == null && read.audience !== "signed-in") return null;
    // The token must not fetch what everybody gets.
    if (bearer == null || read.audience !== "signed-in" || !this.areOn) return "audience-unknown";
    const identity = this.#identities.get(bearer.digest, this.#ports.clock.now());
    if (identity === undefined) return "token-unknown";
    const needs = this.#needs.of(read.asked);
    const standing = this.#standing(identity, needs);
    if (typeof standing === "string") return standing;
    const audience = identity.names.get(needs.text);
    if (audience === undefined || audience !== audienceIn(read.key)) return "token-unknown";
    const { digest, token } = bearer;
    const { role, subject } = identity;
    const reader = { role, claims: claimsAt(identity, needs.paths) };
    return { ...standing, digest, token, subject, reader };
  }

  /** How a bearer stands to a read, or why it is not cached for them. */
  #standing(
    { role, expiresAt }: Identity,
    { byRole }: Needs,
  ): Pick<KnownReader, "scope" | "expiresAt"> | NoAudience {
    // Without an end it cannot be told when to stop.
    if (expiresAt === null) return "token-unknown";
    if (this.#ports.clock.now() >= expiresAt) return "token-expired";
    const needs = byRole.get(role);
    if (needs === undefined) return "role-not-cached";
    if ("bypass" in needs) return needs.bypass;
    const { scope } = needs;
    return this.witnesses.isCondemned(scope) ? "audience-unknown" : { scope, expiresAt };
  }
}

/** Only the claims that matter: what else is known of the reader is nobody's business. */
function claimsAt({ claims }: Identity, paths: readonly ClaimPath[]): ReadonlyMap<string, string | null> {
  return new Map(paths.map((path) => [pathText(path), claims.get(pathText(path)) ?? null]));
}

function none(reason: NoAudience, forMs: number): None {
  return { kind: "none", reason, forMs };
}
