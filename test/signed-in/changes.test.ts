import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ADA, BORIS, CHIARA, DMITRI } from "../../demo/readers.ts";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { Asked } from "./asked.ts";
import {
  article,
  audiencesConfig,
  BOOKMARKS,
  BOUND_MS,
  bearing,
  idsOf,
  isHit,
  NOTES,
  type Person,
  signIn,
} from "./people.ts";

let stack: Stack;
let asked: Asked;
let people: Record<"ada" | "boris" | "chiara" | "dmitri", Person>;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: audiencesConfig,
    sql: `
      create role librarians nologin;
      grant librarians to authenticated;
      create policy known_to_librarians on teams for select to librarians using (id = 3);
    `,
  });
  asked = new Asked(stack);
  const [ada, boris, chiara, dmitri] = [
    await signIn(stack, ADA),
    await signIn(stack, BORIS),
    await signIn(stack, CHIARA),
    await signIn(stack, DMITRI),
  ];
  people = { ada, boris, chiara, dmitri };
});

afterAll(() => stack?.stop());
beforeEach(() => asked.reset());

/**
 * Reads by the bound that is asked for. By the tables' own of an hour an answer needs no proof, which on a busy machine may come
 * too late: it is a hit unless a change that this isolate has heard of has touched it.
 */
async function readBounded(person: Person, target: string): Promise<Answer> {
  const { headers } = bearing(await person.token());
  return stack.read(target, { headers: { ...headers, "cache-control": `max-age=${BOUND_MS / 1_000}` } });
}

/** Reads for twice the bound, whose end every answer that was older must have reached, and returns all answers. */
async function readOn(person: Person, target: string, since: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  await until("twice the bound has passed", async () => {
    answers.push(await person.read(target));
    return performance.now() > since + 2 * BOUND_MS;
  });
  return answers;
}

describe("I1. a change of one user's rows", () => {
  it("reaches that user within the bound, and is fetched for that user alone", async () => {
    const { ada, boris } = people;
    for (const person of [ada, boris]) await person.readUntilHit(BOOKMARKS);
    asked.reset();
    const committed = await stack.change("update bookmarks set note = 'changed' where id = 1");
    await withinBound(
      BOUND_MS,
      committed,
      () => readBounded(ada, BOOKMARKS),
      ({ json }) => json[0].note === "changed",
    );
    const his = await readOn(boris, BOOKMARKS, committed);
    expect(his.filter((answer) => !isHit(answer)).map(({ cacheStatus }) => cacheStatus)).toEqual([]);
    expect(asked.reads(BOOKMARKS, await ada.token())).toBeGreaterThan(0);
    expect(asked.reads(BOOKMARKS, await boris.token())).toBe(0);
  });

  it("that moves to another user reaches both", async () => {
    const { ada, boris, chiara } = people;
    for (const person of [ada, boris, chiara]) await person.readUntilHit(BOOKMARKS);
    const committed = await stack.change(`update bookmarks set user_id = '${BORIS.id}' where id = 6`);
    const [hers, his] = await Promise.all([
      withinBound(
        BOUND_MS,
        committed,
        () => readBounded(ada, BOOKMARKS),
        (answer) => !idsOf(answer).includes(6),
      ),
      withinBound(
        BOUND_MS,
        committed,
        () => readBounded(boris, BOOKMARKS),
        (answer) => idsOf(answer).includes(6),
      ),
    ]);
    expect(idsOf(hers)).toHaveLength(5);
    expect(idsOf(his)).toHaveLength(7);
  });

  it("of what is everybody's reaches everybody", async () => {
    const { ada, boris } = people;
    for (const person of [ada, boris]) await person.readUntilHit(article(21));
    const committed = await stack.change("update articles set title = 'for all' where id = 21");
    for (const person of [ada, boris]) {
      await withinBound(
        BOUND_MS,
        committed,
        () => readBounded(person, article(21)),
        ({ json: [row] }) => row.title === "for all",
      );
    }
  });
});

describe("what let a user read is revoked", () => {
  it("a membership that is revoked while both read is gone within the bound of its commit, for that user alone", async () => {
    const { boris, chiara } = people;
    for (const person of [boris, chiara]) await person.readUntilHit(NOTES);
    asked.reset();
    let revoked = Number.POSITIVE_INFINITY;
    const late: string[] = [];
    const reading = Promise.all(
      [boris, chiara].map(async (person) => {
        for (;;) {
          const begun = performance.now();
          const answer = await (person === chiara ? readBounded(person, NOTES) : person.read(NOTES));
          const sees = idsOf(answer).includes(1);
          if (person === chiara && sees && begun > revoked + BOUND_MS) late.push(answer.cacheStatus);
          if (person === boris && !sees) late.push(`boris: ${answer.cacheStatus}`);
          if (begun > revoked + 3 * BOUND_MS) return answer;
        }
      }),
    );
    revoked = await stack.change(`delete from memberships where team_id = 1 and user_id = '${CHIARA.id}'`);
    const [his, hers] = await reading;
    expect(late).toEqual([]);
    expect(idsOf(his as Answer)).toHaveLength(16);
    expect(idsOf(hers as Answer)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    expect(asked.reads(NOTES, await boris.token())).toBe(0);
  });

  it("a membership that is granted shows within the bound", async () => {
    const { chiara } = people;
    await chiara.readUntilHit(NOTES);
    const granted = await stack.change(`insert into memberships values (1, '${CHIARA.id}')`);
    await withinBound(
      BOUND_MS,
      granted,
      () => readBounded(chiara, NOTES),
      (answer) => idsOf(answer).includes(1),
    );
  });

  it("a team's new owner sees its notes, and the old one no longer does, by the helper of the second policy", async () => {
    const { ada, dmitri } = people;
    for (const person of [ada, dmitri]) await person.readUntilHit(NOTES);
    const committed = await stack.change(`update teams set owner_id = '${DMITRI.id}' where id = 1`);
    await withinBound(
      BOUND_MS,
      committed,
      () => readBounded(ada, NOTES),
      (answer) => idsOf(answer).length === 0,
    );
    await withinBound(
      BOUND_MS,
      committed,
      () => readBounded(dmitri, NOTES),
      (answer) => idsOf(answer).length === 16,
    );
  });

  it("S7. a role that is taken away counts within the bound, though no event trigger reports it", async () => {
    const { ada, dmitri } = people;
    const team = "/rest/v1/teams?select=id&id=eq.3";
    const seen = async (person: Person) => idsOf(await person.read(team)).length;
    for (const person of [ada, dmitri]) await person.readUntilHit(team);
    expect([await seen(ada), await seen(dmitri)]).toEqual([1, 1]);
    await stack.supabase.db.query("revoke librarians from authenticated");
    const committed = performance.now();
    await withinBound(
      BOUND_MS,
      committed,
      () => readBounded(ada, team),
      (answer) => idsOf(answer).length === 0,
    );
    // A member.
    expect(await seen(dmitri)).toBe(1);
  });

  it("I1. a policy that is narrowed counts for everybody within the bound", async () => {
    const { ada, boris } = people;
    for (const person of [ada, boris]) await person.readUntilHit(BOOKMARKS);
    await stack.supabase.db.exec(
      "alter policy own on bookmarks using (user_id = (select auth.uid()) and note is not null)",
    );
    const committed = performance.now();
    for (const person of [ada, boris]) {
      await withinBound(
        BOUND_MS,
        committed,
        () => readBounded(person, BOOKMARKS),
        ({ json }) => json.every(({ note }: { note: string | null }) => note !== null),
      );
    }
  });
});
