import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { QUESTIONS_PER_MINUTE } from "../budgets/clients.ts";
import { entryOf } from "../testing/fixtures.ts";
import { ann, articles, bob, bookmarks, docs, onSite } from "../testing/on-site.ts";
import { fill, type Rig } from "../testing/rig.ts";
import { bearerOf, footprints, RECHECK_MS, readBy, Site } from "../testing/signed-in.ts";
import { QUESTIONS_AT_ONCE, REFUSED_MS } from "./who-asks.ts";

const unknown = { kind: "none", reason: "token-unknown" };

const asked = ({ origin }: Rig) => origin.askedWho.length;

describe("who shows a token", () => {
  it(
    "S1. is asked of the database once, and again after audiences.recheck",
    onSite(async (site, rig) => {
      const answer = await site.ask(bookmarks, ann);
      expect(answer).toMatchObject({ kind: "known", forMs: RECHECK_MS, needs: '["[\\"sub\\"]"]' });
      await site.ask(articles, ann);
      await rig.clock.advance(RECHECK_MS - 1);
      expect(await site.lookUp(bookmarks, ann)).toMatchObject({ kind: "known", forMs: 1 });
      expect(asked(rig)).toBe(1);
      await rig.clock.advance(1);
      expect(await site.lookUp(bookmarks, ann)).toMatchObject({ kind: "known", forMs: RECHECK_MS });
      expect(asked(rig)).toBe(2);
    }),
  );

  it(
    "S1. is not asked for a reader who waits, unless the database has vouched for the token before",
    onSite(async (site, rig) => {
      for (let n = 0; n < 3; n++) expect(await site.lookUp(bookmarks, ann)).toEqual({ ...unknown, forMs: 0 });
      expect(asked(rig)).toBe(0);
      await site.ask(bookmarks, ann);
      expect(await site.lookUp(bookmarks, ann)).toMatchObject({ kind: "known" });
      expect(await site.lookUp(docs, ann)).toMatchObject({ kind: "known" });
      expect(asked(rig)).toBe(2);
      site.answersWho = "refused";
      expect(await site.ask(bookmarks, bob)).toEqual({ ...unknown, forMs: REFUSED_MS });
      expect(await site.lookUp(bookmarks, bob)).toEqual({ ...unknown, forMs: REFUSED_MS });
      expect(asked(rig)).toBe(3);
    }),
  );

  it(
    "S3. is asked in the last quarter of the recheck when a bearer is introduced, and not before",
    onSite(async (site, rig) => {
      await site.ask(bookmarks, ann);
      await rig.clock.advance(0.75 * RECHECK_MS - 1);
      expect(await site.ask(bookmarks, ann)).toMatchObject({ forMs: 0.25 * RECHECK_MS + 1, dueInMs: 1 });
      await rig.clock.advance(1);
      expect(await site.lookUp(bookmarks, ann)).toMatchObject({ forMs: 0.25 * RECHECK_MS, dueInMs: 0 });
      expect(asked(rig)).toBe(1);
      expect(await site.ask(bookmarks, ann)).toMatchObject({ kind: "known", forMs: RECHECK_MS });
      expect(asked(rig)).toBe(2);
    }),
  );

  it(
    "S3. a refusal ahead of that end counts at once; no answer leaves the word as it was",
    onSite(async (site, rig) => {
      await site.ask(bookmarks, ann);
      await rig.clock.advance(0.75 * RECHECK_MS);
      site.answersWho = "failed";
      expect(await site.ask(bookmarks, ann)).toMatchObject({ kind: "known", forMs: 0.25 * RECHECK_MS });
      site.answersWho = "refused";
      expect(await site.ask(bookmarks, ann)).toEqual({ ...unknown, forMs: REFUSED_MS });
      expect(await site.lookUp(bookmarks, ann)).toEqual({ ...unknown, forMs: REFUSED_MS });
      await rig.clock.advance(REFUSED_MS);
      site.answersWho = "well";
      expect(await site.lookUp(bookmarks, ann)).toEqual({ ...unknown, forMs: 0 });
    }),
  );

  it(
    "S1. counts as of the question: what it took to answer is not added",
    onSite(async (site, rig) => {
      site.gate = rig.clock.sleep(1_000);
      const answer = site.ask(articles, ann);
      await rig.clock.advance(1_000);
      expect(await answer).toMatchObject({ kind: "known", forMs: RECHECK_MS - 1_000 });
    }),
  );

  it(
    "S1. is asked again for a claim that was not asked for, and of the next reader for all of them at once",
    onSite(async (site, rig) => {
      await site.ask(articles, ann);
      await site.ask(docs, ann);
      expect(rig.origin.askedWho.map(({ paths }) => paths)).toEqual([
        [["sub"]],
        [["sub"], ["app_metadata", "tenant"]],
      ]);
      await site.ask(articles, bob);
      await site.ask(docs, bob);
      expect(asked(rig)).toBe(3);
    }),
  );

  it(
    "S1. is asked once for all who ask at a time",
    onSite(async (site, rig) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => site.ask(bookmarks, ann)));
      expect(new Set(all.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(asked(rig)).toBe(1);
    }),
  );

  it(
    "S1. does not count if the schema, or the history of the database, changed while it was asked",
    onSite(async (site, rig) => {
      const changes = {
        ann: async () => {
          rig.footprints = footprints("another");
          site.keeper.adopt(rig.footprints);
        },
        bob: async () => {
          site.history = "2";
          await site.pull();
        },
      };
      for (const [person, change] of Object.entries(changes)) {
        const bearer = bearerOf(person);
        site.gate = rig.clock.sleep(1_000);
        const answer = site.ask(bookmarks, bearer);
        await change();
        await rig.clock.advance(1_000);
        expect(await answer).toEqual({ ...unknown, forMs: 0 });
        site.gate = Promise.resolve();
        const before = asked(rig);
        expect(await site.ask(bookmarks, bearer)).toMatchObject({ kind: "known" });
        expect(asked(rig)).toBe(before + 1);
        // The question was begun under what is in force now, so this answer is kept.
        await site.ask(bookmarks, bearer);
        expect(asked(rig)).toBe(before + 1);
      }
    }),
  );

  it(
    "S1. does not count either if that changed while the audience was named",
    onSite(async (site, rig) => {
      rig.naming = rig.clock.sleep(1_000);
      const answer = site.ask(bookmarks, ann);
      await settle();
      site.keeper.adopt(footprints("another"));
      await rig.clock.advance(1_000);
      expect(await answer).toEqual({ ...unknown, forMs: 0 });
    }),
  );

  it(
    "S1. an answer without a claim that was asked for is no answer",
    onSite(async (site, rig) => {
      rig.origin.who = async () => ({ role: "authenticated", exp: 2 ** 40, claims: [] });
      expect(await site.ask(bookmarks, ann)).toMatchObject(unknown);
    }),
  );

  it(
    "S2. ends with the token, to the second, and whoever has no end is not known at all",
    onSite(async (site, rig) => {
      const exp = Math.floor(rig.clock.now() / 1_000) + 10;
      site.people.set("ann", { exp });
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "known", expiresAt: exp * 1_000 });
      await rig.clock.advance(exp * 1_000 - rig.clock.now() - 1);
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "known", forMs: 1 });
      await rig.clock.advance(1);
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "none", reason: "token-expired" });
      for (const never of [null, 1.5, Number.POSITIVE_INFINITY]) {
        site.people.set("bob", { exp: never });
        const bearer = bearerOf("bob", Number(never));
        expect(await site.ask(articles, bearer)).toMatchObject(unknown);
      }
    }),
  );

  it(
    "S3. is not asked again for a minute when the database refuses the token",
    onSite(async (site, rig) => {
      site.answersWho = "refused";
      expect(await site.ask(articles, ann)).toEqual({ ...unknown, forMs: REFUSED_MS });
      await rig.clock.advance(REFUSED_MS - 1);
      expect(await site.ask(articles, ann)).toEqual({ ...unknown, forMs: 1 });
      expect(asked(rig)).toBe(1);
      await rig.clock.advance(1);
      site.answersWho = "well";
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "known" });
    }),
  );

  it(
    "S3. costs the database no more than a client's share, and leaves the others' alone",
    onSite(async (site, rig) => {
      for (let n = 0; n < 3 * QUESTIONS_PER_MINUTE; n++)
        await site.ask(articles, bearerOf("flood", n), "greedy");
      expect(asked(rig)).toBe(QUESTIONS_PER_MINUTE);
      expect(await site.ask(articles, bearerOf("late"), "greedy")).toMatchObject(unknown);
      expect(await site.ask(articles, ann, "modest")).toMatchObject({ kind: "known" });
    }),
  );

  it(
    "S3. is asked of a few readers at a time, whoever asks",
    onSite(async (site, rig) => {
      site.gate = rig.clock.sleep(1_000);
      const all = Array.from({ length: 100 }, (_, n) =>
        site.ask(articles, bearerOf("many", n), `client${n}`),
      );
      await settle();
      expect(asked(rig)).toBe(QUESTIONS_AT_ONCE);
      await rig.clock.advance(1_000);
      const answers = await Promise.all(all);
      expect(answers.filter(({ kind }) => kind === "known")).toHaveLength(QUESTIONS_AT_ONCE);
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "known" });
    }),
  );

  it(
    "I10. a database that never answers, or fails, holds nobody for longer than a flight",
    onSite(async (site, rig) => {
      site.gate = new Promise(() => {});
      const answer = site.ask(articles, ann);
      await rig.clock.advance(9_000);
      expect(await answer).toMatchObject(unknown);
      site.gate = Promise.reject(new Error(`refused ${ann.token}`));
      expect(await site.ask(articles, ann)).toMatchObject(unknown);
      site.gate = Promise.resolve();
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "known" });
    }),
  );

  it(
    "S4. is not asked where nothing is shared: by webhooks, for no roles, for what is not understood",
    onSite(async (site, rig) => {
      const none = { kind: "none", reason: "audience-unknown", forMs: 5_000 };
      expect(await site.ask(readBy("s", "public.secrets"), ann)).toEqual({ ...none, forMs: RECHECK_MS });
      rig.feed = null;
      site.keeper = rig.start();
      expect(await site.ask(articles, ann)).toEqual(none);
      const off = new Site(rig);
      rig.audiences = { ...rig.audiences, roles: [] };
      await off.start();
      expect(await off.ask(articles, ann)).toEqual(none);
      expect(asked(rig)).toBe(0);
    }),
  );

  it(
    "S4. is another role than those listed: not cached",
    onSite(async (site) => {
      site.people.set("ann", { role: "service_role" });
      expect(await site.ask(articles, ann)).toMatchObject({ kind: "none", reason: "role-not-cached" });
    }),
  );
});

it(
  "S2. a bearer whose token ends while the origin is asked gets nothing of it, and no confirmation afterwards",
  onSite(async (site, rig) => {
    site.people.set("ann", { exp: Math.floor(rig.clock.now() / 1_000) + 5 });
    const keyed = await site.keyed(articles, ann);
    const { entry } = entryOf(await site.filled(articles, ann, "early"));
    expect(await fill(site.keeper, keyed, { bearer: ann, have: entry })).toMatchObject({ kind: "good" });
    await site.keeper.purge({ all: true });
    const answer = fill(site.keeper, keyed, { bearer: ann });
    await settle();
    await rig.clock.advance(5_000);
    await rig.origin.answer("late");
    const expired = { kind: "direct", reason: "token-expired" };
    expect(await answer).toEqual(expired);
    expect(await fill(site.keeper, keyed, { bearer: ann, have: entry })).toEqual(expired);
  }),
);
