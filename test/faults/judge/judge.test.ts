import { describe, expect, it } from "vitest";
import { QUERIES, type Query } from "../traffic/queries.ts";
import { ageOf, type Due } from "./judge.ts";
import { type State, Truth } from "./truth.ts";

const byCommit: Due = ({ transaction }) => transaction.committedAt;

const query = (part: string): Query => {
  const found = QUERIES.find(({ target }) => decodeURIComponent(target).includes(part));
  if (!found) throw new Error(`no query has ${part}`);
  return found;
};

const NOTE = { id: 1, topic_id: 1, title: "ant", rank: 10, hidden: false, version: 1 };

/** A note that is public while its topic is open. */
function truthOf(note: State = NOTE): Truth {
  const truth = new Truth();
  truth.seed("policies", 1, { version: 1, rule: "open" });
  truth.seed("topics", 1, { id: 1, name: "one", open: true, version: 1 });
  truth.seed("notes", 1, note);
  return truth;
}

function commit(truth: Truth, at: number, row: string, version: number, state: State | null): void {
  const [table = "", id] = row.split("/");
  const transaction = truth.begin();
  truth.enter(transaction, table, Number(id), version, state);
  transaction.commitAt = at - 1;
  truth.committed(transaction, at);
}

const age = (truth: Truth, of: Query, rows: State[], askedAt: number, answeredAt = askedAt + 10) =>
  ageOf(truth, { query: of, rows, askedAt, answeredAt }, byCommit).ms;

describe("the judge", () => {
  const byId = query("title&order=id&id=eq.1");
  const shown = (version: number, title = "ant") => [{ id: 1, version, title }];

  it("accepts an answer that reflects everything", () => {
    expect(age(truthOf(), byId, shown(1), 1_000)).toBe(0);
  });

  it("counts from the commit of the first change that is missing", () => {
    const truth = truthOf();
    commit(truth, 100, "notes/1", 2, { ...NOTE, version: 2 });
    commit(truth, 300, "notes/1", 3, { ...NOTE, version: 3 });
    expect(age(truth, byId, shown(1), 1_000)).toBe(900);
    expect(age(truth, byId, shown(2), 1_000)).toBe(700);
    expect(age(truth, byId, shown(3), 1_000)).toBe(0);
  });

  it("accepts commits made while the answer was on its way, seen or not", () => {
    const truth = truthOf();
    commit(truth, 1_005, "notes/1", 2, { ...NOTE, version: 2 });
    expect(age(truth, byId, shown(1), 1_000)).toBe(0);
    expect(age(truth, byId, shown(2), 1_000)).toBe(0);
  });

  it("rejects what was never true, and what came later", () => {
    const truth = truthOf();
    commit(truth, 2_000, "notes/1", 2, { ...NOTE, version: 2 });
    expect(age(truth, byId, shown(1, "bee"), 1_000)).toBe(Number.POSITIVE_INFINITY);
    expect(age(truth, byId, shown(2), 1_000)).toBe(Number.POSITIVE_INFINITY);
    expect(age(truth, byId, [], 1_000)).toBe(Number.POSITIVE_INFINITY);
    expect(age(truth, byId, [...shown(1), { id: 9, version: 1 }], 1_000)).toBe(Number.POSITIVE_INFINITY);
  });

  it("sees a deleted row that is still shown, and a new one that is not", () => {
    const truth = truthOf();
    commit(truth, 200, "notes/1", 2, null);
    expect(age(truth, byId, shown(1), 1_000)).toBe(800);
    expect(age(truth, byId, [], 1_000)).toBe(0);
    commit(truth, 400, "notes/2", 1, { ...NOTE, id: 2 });
    expect(age(truth, query("&topic_id=eq.1"), [], 1_000)).toBe(600);
  });

  it("knows that a policy, and the rows it reads elsewhere, decide which rows are shown", () => {
    const truth = truthOf();
    commit(truth, 200, "topics/1", 2, { id: 1, name: "one", open: false, version: 2 });
    expect(age(truth, byId, shown(1), 1_000)).toBe(800);
    expect(age(truth, byId, [], 1_000)).toBe(0);
    commit(truth, 500, "policies/1", 2, { rule: "all" });
    expect(age(truth, byId, [], 1_000)).toBe(500);
    expect(age(truth, byId, shown(1), 1_000)).toBe(0);
  });

  it("knows that a full page shows no row after its last", () => {
    const top = query("limit=5");
    const truth = truthOf({ ...NOTE, rank: 90 });
    for (let id = 2; id <= 6; id++) commit(truth, 100, `notes/${id}`, 1, { ...NOTE, id, rank: 90 - id });
    const page = [1, 2, 3, 4, 5].map((id) => ({ id, version: 1, rank: id === 1 ? 90 : 90 - id }));
    expect(age(truth, top, page, 1_000)).toBe(0);
    commit(truth, 400, "notes/6", 2, { ...NOTE, id: 6, rank: 99, version: 2 });
    expect(age(truth, top, page, 1_000)).toBe(600);
    expect(age(truth, top, page.slice(1), 1_000)).toBe(Number.POSITIVE_INFINITY);
  });
});
