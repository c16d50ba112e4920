import { edit, type Mutation } from "../mutation.ts";

const FENCES = "src/fence/fence-sync.ts";
const PULLS = "src/keeper/changes/pull-feed.ts";

/** Mutations of how purges and modes reach readers. */
export const ORDER_MUTATIONS: readonly Mutation[] = [
  {
    name: "a purge done while an earlier instance is believed",
    edits: [edit(PULLS, "if (this.#isAlone || left <= 0) return;", "if (left !== null) return;")],
  },
  {
    name: "a superseded instance that pulls quietly does not find out",
    edits: [edit(PULLS, "this.#storedAt > BELIEVED_FOR_MS", "this.#storedAt > 600_000")],
  },
  {
    name: "proofs from before a purge serve",
    edits: [
      edit(
        FENCES,
        "if (this.#purge === null || provenAt >= this.#purge.heardAt) return true;",
        "if (accepted || !accepted) return true;",
      ),
    ],
  },
];
