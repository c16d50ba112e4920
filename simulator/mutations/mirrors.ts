import { edit, type Mutation } from "../mutation.ts";

const COPY = "src/mirror/fence-copy.ts";
const JUDGE = "src/mirror/judge.ts";
const KEEPER_SYNCS = "src/mirror/keeper-syncs.ts";
const SYNCS = "src/mirror/mirror-syncs.ts";
const FILLS = "src/mirror/mirror-fills.ts";
const MIRROR = "src/mirror/mirror.ts";
const NUDGES = "src/mirror/nudges.ts";
const FENCE = "src/fence/bucket-fence.ts";

/** What a mirror would say that has an answer for everything. */
const NOTHING_NEW =
  "floor: 0, purgedAt: 0, age: 0, proven: true, mode: 'on' as const, modeSetAt: 0, buckets: new Uint16Array(), marks: new Float64Array()";

/** Mutations of how a mirror repeats what the keeper said. */
export const MIRROR_MUTATIONS: readonly Mutation[] = [
  {
    name: "M1. the mode that arrives last at a mirror",
    edits: [edit(FENCE, "if (answer.modeSetAt < this.#modeSetAt) return;", "")],
  },
  {
    name: "M1. a mirror that learns nothing from its clock that is set back",
    edits: [
      edit(
        MIRROR,
        "copy.forget();\n      syncs.forget();\n      bodies.forgetBegins();\n      this.#fills.forget();",
        "",
      ),
    ],
  },
  {
    name: "M1. positions of two generations compared at a mirror",
    edits: [
      edit(
        JUDGE,
        "if (fence === null || !fence.covers(at) || (token !== null && !fence.covers(token))) return null;",
        "if (fence === null || fence.mark < at.mark || (token !== null && fence.mark < token.mark)) return null;",
      ),
      edit(JUDGE, "entry.generation !== fence.generation || ", ""),
      edit(JUDGE, "generation: entry.generation, mark", "generation: fence.generation, mark"),
    ],
  },
  {
    name: "M1. a mirror counts the time that its caller has waited",
    edits: [edit(COPY, "Math.max(0, arrival - startedAt) + age", "Math.max(0, arrival - startedAt + age)")],
  },
  {
    name: "M2. a mirror's as-of = the arrival of what it is told",
    edits: [edit(KEEPER_SYNCS, "since, call.startedAt);", "since, this.#ports.clock.now());")],
  },
  {
    name: "M2. a mirror takes what it is told for new",
    seed: 3,
    edits: [
      edit(
        COPY,
        "this.#fence = BucketFence.merge(",
        "answer = { ...answer, age: 0 }; this.#fence = BucketFence.merge(",
      ),
    ],
  },
  {
    name: "M2. a mirror tells no age",
    seed: 3,
    edits: [edit(COPY, "age: this.ageAt(arrival),", "age: 0,")],
  },
  {
    name: "M2. a mirror without a copy answers",
    seed: 2,
    edits: [
      edit(
        SYNCS,
        'let pull: PullMade = "none";',
        `let pull: PullMade = "none"; if (copy.fence === null && since !== null) return { kind: "synced", position: since, full: false, ${NOTHING_NEW}, pull: "none" };`,
      ),
    ],
  },
  {
    name: "M2. a delta from later than its caller's position",
    edits: [
      edit(COPY, "this.#delta(fence, known ?? -1)", "this.#delta(fence, known === null ? -1 : known + 1)"),
    ],
  },
  {
    name: "M2. a mirror asks from later than it knows",
    edits: [
      edit(
        KEEPER_SYNCS,
        "const since = copy.fence?.position ?? null;",
        "const since = copy.fence ? { ...copy.fence.position, mark: copy.fence.mark + 1 } : null;",
      ),
      edit(FENCE, "since.mark <= fence.#mark;", "since.mark <= fence.#mark + 1;"),
    ],
  },
  {
    name: "M2. a mirror tells of no flush",
    seed: 3,
    edits: [edit(COPY, "...{ floor, purgedAt, proven },", "...{ floor: 0 * floor, purgedAt, proven },")],
  },
  {
    name: "M2. a mirror tells of no purge",
    seed: 28,
    edits: [edit(COPY, "...{ floor, purgedAt, proven },", "...{ floor, purgedAt: 0 * purgedAt, proven },")],
  },
  {
    name: "M3. a body for a caller who knows more than the mirror",
    seed: 6,
    edits: [edit(JUDGE, "!fence.covers(at) || ", "")],
  },
  {
    name: "M3. a body by its begin told as of now",
    seed: 4,
    edits: [edit(JUDGE, "given(entry, Math.max(0, arrival - begin), false", "given(entry, 0, false")],
  },
  {
    name: "M3. a body's begin = its arrival",
    seed: 4,
    edits: [
      edit(
        FILLS,
        "Number.NEGATIVE_INFINITY : startedAt - told.age",
        "Number.NEGATIVE_INFINITY : arrivedAt - told.age",
      ),
    ],
  },
  {
    name: "M3. told without an age, a body begins when it was asked for",
    edits: [
      edit(
        FILLS,
        "told.age === null ? Number.NEGATIVE_INFINITY : startedAt - told.age",
        "startedAt - (told.age ?? 0)",
      ),
    ],
  },
  {
    name: "M3. a body remembered with the copy's mark",
    seed: 22,
    edits: [
      edit(
        FILLS,
        "const body = bodyOf(request.read, { ...told, begin,",
        "const body = bodyOf(request.read, { ...told, entry: { ...told.entry, mark: Math.max(told.entry.mark, copy.fence?.mark ?? 0) }, begin,",
      ),
    ],
  },
  {
    name: "M3. what lands is for everybody who waits",
    seed: 4,
    edits: [
      edit(
        FILLS,
        "this.#judge(request, landed, arrival) : null;",
        "({ kind: 'entry', entry: landed.entry, source: 'joined', age: 0, accepted: true, sharing: landed.sharing } as const) : null;",
      ),
    ],
  },
  {
    name: "M3. a mirror says still good by itself",
    edits: [
      edit(
        FILLS,
        "const body = bodies.get(key);",
        "const { fence } = this.#ports.copy; if (request.have && fence?.accepts({ ...request.have, buckets: [] })) return { kind: 'good', position: fence.position }; const body = bodies.get(key);",
      ),
    ],
  },
  {
    name: "M3. still good re-stamps whatever the mirror remembers",
    edits: [
      edit(
        FILLS,
        'if (told.kind !== "entry") return null;',
        'if (told.kind === "good") { const other = bodies.peek(key); if (other) bodies.restamp(other, told.position.mark); } if (told.kind !== "entry") return null;',
      ),
    ],
  },
  {
    name: "M4. a nudge proves",
    edits: [
      edit(
        NUDGES,
        "if (!this.#isNews(position)) return;",
        `if (!this.#isNews(position)) return; const { copy, clock } = this.#ports; const known = copy.fence?.position; if (known?.generation === position.generation) return copy.apply({ kind: "synced", position, full: false, ${NOTHING_NEW}, pull: "none" }, known, clock.now());`,
      ),
    ],
  },
  {
    name: "M5. a mirror waits for the keeper without a deadline",
    seed: 4,
    edits: [
      edit(KEEPER_SYNCS, "inTime(clock, deadlineMs,", "inTime(clock, Infinity,"),
      edit(KEEPER_SYNCS, "until: startedAt + deadlineMs", "until: Infinity"),
    ],
  },
  {
    name: "M7. a delta kept longer than what it is of",
    edits: [edit(COPY, "this.#deltas.clear();\n  }\n\n  /**\n   * How", "}\n\n  /**\n   * How")],
  },
  {
    name: "S8. a mirror gives away what another's token fetched",
    edits: [
      edit(
        JUDGE,
        'return sharing === "uncleared" && pulledSince !== null && pulledSince > arrivedAt ? "free" : null;',
        'return "free";',
      ),
    ],
  },
  {
    name: "S8. a mirror clears what another's token fetched before the next pull",
    edits: [edit(JUDGE, "pulledSince > arrivedAt", "arrivedAt > 0")],
  },
  {
    name: "S8. at a mirror everybody waits for what another's token fetches",
    edits: [
      edit(
        FILLS,
        "find((fill) => fill.owner === owner && now < fill.until)",
        "find((fill) => now < fill.until)",
      ),
      edit(
        FILLS,
        "this.#judge(request, landed, arrival) : null;",
        "this.#judge({ ...request, bearer: landed.owner === null ? null : { digest: landed.owner, token: '' } }, landed, arrival) : null;",
      ),
    ],
  },
];
