import { edit, type Mutation } from "../mutation.ts";

const READER = "src/gateway/reader/reader.ts";
const FILLS = "src/gateway/reader/keeper-fills.ts";
const MEMORY = "src/gateway/reader/answer-memory.ts";
const FENCE = "src/fence/bucket-fence.ts";
const FENCES = "src/fence/fence-sync.ts";
const REFUSAL = "src/keeper/fills/refusal.ts";

/** Mutations of how an isolate reads, syncs and serves. */
export const ISOLATE_MUTATIONS: readonly Mutation[] = [
  {
    name: "fence off",
    edits: [edit(FENCE, "const { mark } = entry;", "const { mark } = entry; if (mark > -1) return true;")],
  },
  {
    name: "as-of = arrival of the sync",
    seed: 23,
    edits: [edit(FENCES, "since, answer, startedAt)", "since, answer, clock.now())")],
  },
  {
    name: "generation not compared",
    seed: 40,
    edits: [
      edit(FENCE, "fence?.generation === generation", "fence"),
      edit(FENCE, "if (!answer.full && !fits) return fence;", ""),
      edit(FENCE, "entry.generation !== this.generation || ", ""),
      edit(REFUSAL, "if (at.generation !== generation)", "if (false)"),
    ],
  },
  {
    name: "proof at fill's arrival",
    edits: [
      edit(
        FILLS,
        "Number.NEGATIVE_INFINITY : startedAt - answer.age",
        "Number.NEGATIVE_INFINITY : clock.now() - answer.age",
      ),
    ],
  },
  {
    name: "re-stamp of another object",
    edits: [
      edit(
        FILLS,
        "have.mark = Math.max(have.mark, answer.position.mark);",
        "const other = memory.get(key) ?? have; other.mark = Math.max(other.mark, answer.position.mark);",
      ),
    ],
  },
  {
    name: "re-stamp with the fence's mark",
    edits: [
      edit(
        FILLS,
        "have.mark = Math.max(have.mark, answer.position.mark);",
        "have.mark = this.#ports.fences.fence?.mark ?? 0;",
      ),
    ],
  },
  {
    name: "no deadline on fill",
    seed: 5,
    edits: [
      edit(FILLS, "timeMs,\n      ask()", "Infinity,\n      ask()"),
      edit(READER, "within(clock, left, work,", "within(clock, Infinity, work,"),
    ],
  },
  {
    name: "follower without deadline",
    edits: [
      edit(FENCES, "join(SYNC, Math.min(left, this.#flights.remaining(SYNC)))", "join(SYNC, 1e12)"),
      edit(READER, "join(key, timeouts.fillMs)", "join(key, 1e12)"),
    ],
  },
  {
    name: "token = entry's mark",
    edits: [
      edit(
        MEMORY,
        "fence.asOf >= start ? fence.position : null",
        "fence.asOf >= start ? { generation: held.generation, mark: held.mark } : null",
      ),
    ],
  },
  {
    name: "token of a fence that is too old",
    edits: [
      edit(MEMORY, "fence && fence.asOf >= start ? fence.position : null", "fence ? fence.position : null"),
    ],
  },
  {
    name: "token without generation",
    edits: [
      edit(MEMORY, "if (held.generation !== token.generation) return false;", ""),
      edit(FENCE, "position.generation === this.generation && position.mark", "position.mark"),
      edit(REFUSAL, "if (token && token.generation !== generation)", "if (false)"),
    ],
  },
  {
    name: "token ignored by the reader",
    edits: [edit(MEMORY, "if (token === null ||", "if (token !== undefined ||")],
  },
];
