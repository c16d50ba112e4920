import { edit, type Mutation } from "../mutation.ts";

const AUDIENCES = "src/keeper/audiences/audiences.ts";
const BEARERS = "src/gateway/bearers/bearers.ts";
const CLEARANCE = "src/keeper/fills/clearance.ts";
const FILLS = "src/keeper/fills/fills.ts";
const IDENTITIES = "src/keeper/audiences/identities.ts";
const KNOWN_BEARER = "src/gateway/bearers/known-bearer.ts";
const MEMORY = "src/gateway/reader/answer-memory.ts";
const REGISTRY = "src/keeper/keys/registry.ts";

/** Mutations of what holds for those who sign in (docs/design/audiences.md), each by the rule that it breaks. */
export const SIGNED_IN_MUTATIONS: readonly Mutation[] = [
  {
    // S1
    name: "the word on one token counts for all of them",
    edits: [
      edit(
        IDENTITIES,
        "this.#known.get(digest);\n    return identity !== undefined && now",
        'this.#known.get("");\n    return identity !== undefined && now',
      ),
      edit(IDENTITIES, "this.#known.set(digest, identity, bytes);", 'this.#known.set("", identity, bytes);'),
    ],
  },
  {
    // S2
    name: "a hit after the token's end",
    edits: [edit(BEARERS, "if (bearer.expiresAt <= this.#wall())", "if (bearer.expiresAt <= 0)")],
  },
  {
    // S3
    name: "a token's word counts for ever",
    edits: [edit(IDENTITIES, "return askedAt + this.#recheckMs;", "return askedAt + this.#recheckMs * 1e6;")],
  },
  {
    // S3
    name: "an isolate believes for ever",
    edits: [edit(KNOWN_BEARER, "now < put.name.until ? put", "0 < put.name.until ? put")],
  },
  {
    // S4
    name: "what is not understood counts as nothing",
    edits: [
      edit(
        "src/keeper/keys/footprints.ts",
        'return { bypass: "audience-unknown", because: needs.because };',
        "return { paths: [], relations: [] };",
      ),
    ],
  },
  {
    // S5
    name: "a reader of claims that is not printed",
    edits: [
      edit("src/postgrest/policies/claim-readers.ts", "readers === source.readers ?", "readers >= 0 ?"),
    ],
  },
  {
    // S6
    name: "a claim left out of the audience's name",
    edits: [
      edit(
        AUDIENCES,
        "audienceText(role, needs.paths, claims)",
        "audienceText(role, needs.paths.filter(([name]) => name === 'sub'), claims)",
      ),
    ],
  },
  {
    // S7
    name: "needs of one role only",
    edits: [
      edit(
        "src/keeper/audiences/needs.ts",
        "const all = found.flatMap(",
        "const all = found.slice(-1).flatMap(",
      ),
    ],
  },
  {
    // S7
    name: "a change of roles ignored",
    edits: [edit("simulator/database/changes.ts", "postgres.rolesDigest", "postgres.started")],
  },
  {
    // S7, S11
    name: "needs remembered across generations",
    edits: [edit(AUDIENCES, "this.#needs.forget();", "")],
  },
  {
    // S7: the keeper takes a key as an isolate names it, and the isolate takes what comes.
    name: "a name of another generation counts",
    edits: [
      edit(AUDIENCES, "|| audience !== audienceIn(read.key)", "|| audience === read.key"),
      edit(MEMORY, "if (bearer !== null && held.generation !== bearer.generation) return false;", ""),
    ],
  },
  {
    // S8
    name: "a body shared before the next pull",
    edits: [edit(CLEARANCE, 'if (!this.#isCleared(fetched)) return "not-yet";', "")],
  },
  {
    // S8
    name: "an isolate shares a body before the next pull",
    edits: [edit(MEMORY, "if (fence.asOf <= held.arrivedAt) return false;", "")],
  },
  {
    // S8
    name: "a flight's follower gets what another's token fetched",
    edits: [
      edit(FILLS, "if (!isFor(flight, request.asker)) return this.#passing(flight, record, request);", ""),
    ],
  },
  {
    // S8
    name: "another's error relayed",
    edits: [
      edit(
        FILLS,
        "flight.ended.then(endForOthers)",
        'flight.ended.then((end) => (end.kind === "relay" ? { ...end, age: 0 } : endForOthers(end)))',
      ),
    ],
  },
  {
    // S8: "still good" is said of an answer, not of whom it may be given to.
    name: "what another fetched is presented as one's own",
    edits: [
      edit(
        "src/gateway/reader/keeper-fills.ts",
        "memory.isFor(held, read, isPresent && fence.accepts(held)),",
        "isPresent || fence.accepts(held),",
      ),
      edit(
        "src/gateway/reader/keeper-fills.ts",
        "have.mark = Math.max(have.mark, answer.position.mark);",
        "have.mark = Math.max(have.mark, answer.position.mark); have.owner = read.bearer?.digest ?? null;",
      ),
    ],
  },
  {
    // S8
    name: "a body put to KV before it is cleared",
    edits: [edit(CLEARANCE, '&& this.forOwner(fetched) === "free";', "&& fetched.arrivedAt > 0;")],
  },
  {
    // S9
    name: "personal keys forgotten without a mark",
    edits: [
      edit(
        "src/keeper/keys/personal-keys.ts",
        "if (meta.number(MAY_EXIST) !== 1) return;",
        "if (marks) return;",
      ),
    ],
  },
  {
    // S9
    name: "a personal body put to KV",
    edits: [
      edit(
        CLEARANCE,
        "return !isPersonalKey(key) && this",
        "if (isPersonalKey(key)) return true;\n    return this",
      ),
    ],
  },
  {
    // S9
    name: "a personal key stored",
    edits: [
      edit(
        REGISTRY,
        "return isPersonalKey(key) ? this.#personal : this.#stored;",
        "return isPersonalKey(key) && this.#personal.size > 0 ? this.#personal : this.#stored;",
      ),
    ],
  },
  {
    // S10
    name: "witnesses skipped",
    edits: [
      edit(
        "src/keeper/audiences/witnesses.ts",
        "(this.#seen.get(scope) ?? NOTHING).agreed.length >= WITNESSES",
        "WITNESSES > 0",
      ),
    ],
  },
  {
    // S12
    name: "own writes of those who sign in",
    edits: [
      edit(
        "src/gateway/read/read-handler.ts",
        "token: token ?? null,",
        "token: bearer === null ? (token ?? null) : null,",
      ),
    ],
  },
  {
    // S13
    name: "an old answer of somebody's own when the origin fails",
    edits: [
      edit(
        "src/gateway/read/read-handler.ts",
        "this.#config.audiences.staleIfError || !isPersonalKey(key);",
        'this.#config.audiences.staleIfError || key !== "";',
      ),
    ],
  },
  {
    // S14
    name: "a restrictive policy beside one that shows everything",
    edits: [
      edit(
        "src/postgrest/footprint/needs/granted.ts",
        'text === "" || !permissive',
        'text !== "" && !permissive',
      ),
    ],
  },
];
