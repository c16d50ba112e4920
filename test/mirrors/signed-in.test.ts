import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADA, BORIS, CHIARA, DMITRI } from "../../demo/readers.ts";
import type { MirrorFault } from "../../testing/gateway/mirror-orders.ts";
import type { Answer, Stack } from "../../testing/gateway/stack.ts";
import { bearing, signIn } from "../signed-in/people.ts";
import { Hits } from "./hits.ts";
import { setFault, startMirroredStack } from "./mirrored-stack.ts";
import { OverTime } from "./over-time.ts";
import { PLACES, REGIONS } from "./places.ts";

const BOUND_MS = 1_000;
const BOOKMARKS = "/rest/v1/bookmarks?select=id,user_id&order=id";
const NOTES = "/rest/v1/notes?select=id,team_id&order=id";
/** Ada's team. Chiara is a member of it, now and then. */
const LECTURERS = 1;

let stack: Stack;

beforeAll(async () => {
  // Answers that the role alone decides may be late by this; those of persons may not (S13).
  const table = { freshness: BOUND_MS / 1_000, staleWhileRevalidate: "5m" } as const;
  stack = await startMirroredStack({
    tables: { bookmarks: table, notes: table, memberships: table, teams: table },
    audiences: { roles: ["authenticated"] },
  });
});

afterAll(() => stack?.stop());

/** A reader at a place, who has signed in. */
interface Reading {
  readonly id: string;
  readonly token: string;
  readonly place: (typeof PLACES)[number];
}

function read({ token, place: { at, continent } }: Reading, target: string): Promise<Answer> {
  const { headers } = bearing(token);
  return stack.read(target, { at, headers: { ...headers, "x-test-continent": continent } });
}

/** Whether Chiara is a member. */
class Memberships extends OverTime<boolean> {
  set(isMember: boolean): Promise<void> {
    const row = `(${LECTURERS}, '${CHIARA.id}')`;
    return this.become(isMember, () =>
      stack.supabase.db.query(
        isMember
          ? `insert into memberships (team_id, user_id) values ${row}`
          : `delete from memberships where (team_id, user_id) = ${row}`,
      ),
    );
  }
}

describe("those who sign in, near mirrors", () => {
  it("S6, S8, S13, I1. get their own rows only, and none a bound after a right has ended, while mirrors fail", async () => {
    const memberships = new Memberships(true);
    const broken: string[] = [];
    const hits = new Hits();
    let isOver = false;
    const users = [ADA, BORIS, CHIARA, DMITRI];
    const people = await Promise.all(
      users.map(async (user) => ({ id: user.id, token: await (await signIn(stack, user)).token() })),
    );

    const readers = people.flatMap((person) =>
      PLACES.map(async (place) => {
        const reading = { ...person, place };
        for (let round = 1; !isOver; round++) {
          for (const target of [BOOKMARKS, NOTES]) {
            const began = performance.now();
            const answer = await read(reading, target);
            const ended = performance.now();
            hits.note(place.at, answer, began);
            const told = `${place.at}, ${person.id.slice(-1)}: ${answer.status} ${answer.cacheStatus}`;
            if (answer.status !== 200) broken.push(told);
            else if (target === BOOKMARKS) {
              const foreign = answer.json.filter((row: { user_id: string }) => row.user_id !== person.id);
              if (foreign.length > 0) broken.push(`${told}: another one's bookmarks`);
            } else if (person.id === CHIARA.id) {
              const sees = answer.json.some((row: { team_id: number }) => row.team_id === LECTURERS);
              if (!memberships.was(sees, began - BOUND_MS, ended)) broken.push(`${told}: sees ${sees}`);
            } else if (person.id === DMITRI.id) {
              const sees = answer.json.some((row: { team_id: number }) => row.team_id === LECTURERS);
              if (sees) broken.push(`${told}: the Lecturers' notes`);
            }
            await sleep(40);
          }
          // Longer than the bound, now and then: the first answer after it must not be a late one.
          if (round % 3 === 0) await sleep(1.5 * BOUND_MS);
        }
      }),
    );
    const faults: readonly MirrorFault[] = [null, "killed", { lagMs: 300 }, "cut-off", null];
    for (const fault of faults) {
      for (const { mirror } of REGIONS) await setFault(stack, mirror, fault);
      await hits.meanwhile(1.5 * BOUND_MS, async (pauseMs) => {
        for (const isMember of [false, true]) {
          await memberships.set(isMember);
          await sleep(pauseMs);
        }
      });
    }
    isOver = true;
    await Promise.all(readers);
    expect(broken).toEqual([]);
  });
});
