import { describe, expect, it } from "vitest";
import { EXTRA_OPERATIONS_PER_MINUTE } from "../budgets/clients.ts";
import type { FillAnswer } from "../protocol/fill.ts";
import { entryOf } from "../testing/fixtures.ts";
import { ann, articles, asking, bob, onTrustedSite, shared, tokens } from "../testing/on-site.ts";
import { fill } from "../testing/rig.ts";
import { bearerOf, footprints, readBy } from "../testing/signed-in.ts";

const ALONE = { kind: "direct", reason: "budget" };

const textOf = (answer: FillAnswer) => entryOf(answer).text;

describe("a body that was fetched for one reader", () => {
  it(
    "S8. goes to another only after a pull that began later, which is made for that",
    onTrustedSite(async (site, rig) => {
      const before = rig.origin.asked.length;
      const first = await site.filled(articles, ann, "ann's");
      expect(shared(first)).toBe("uncleared");
      const pulls = site.pulls;
      // In the same moment: a pull that begins now may have begun before the body arrived.
      const { answer } = await asking(site, bob);
      expect(site.pulls).toBeGreaterThan(pulls);
      await rig.clock.advance(1);
      const second = await answer;
      expect([textOf(second), shared(second)]).toEqual(["ann's", "free"]);
      expect(site.pulls).toBeGreaterThan(pulls);
      expect(shared(await site.read(articles, ann))).toBe("free");
      expect(tokens(rig).slice(before)).toEqual([ann.token]);
    }),
  );

  it(
    "S8. and that has been cleared goes to anybody of its audience at once",
    onTrustedSite(async (site) => {
      await site.filled(articles, ann, "ann's");
      await site.pull();
      const pulls = site.pulls;
      expect(shared(await site.read(articles, bob))).toBe("free");
      expect(site.pulls).toBe(pulls);
    }),
  );

  it(
    "S8. is that reader's alone if that pull brings another schema",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      site.schemaVersion++;
      rig.footprints = footprints("another");
      const { answer } = await asking(site, bob);
      await rig.clock.advance(1);
      expect(await answer).toEqual({ kind: "refused", reason: "generation" });
    }),
  );

  it(
    "S8. is that reader's alone if roles changed, whatever the bound",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      const keyed = await site.keyed(articles, bob);
      site.history = "2";
      await site.pull();
      // Bob must be known again, and then asks for himself.
      expect(await fill(site.keeper, keyed, { bearer: bob, boundMs: 60_000 })).toEqual({
        kind: "direct",
        reason: "token-unknown",
      });
      const { answer } = await asking(site, bob, { boundMs: 60_000 });
      expect(tokens(rig).at(-1)).toBe(bob.token);
      await rig.origin.answer("bob's");
      expect(textOf(await answer)).toBe("bob's");
    }),
  );

  it(
    "S8. is that reader's alone if two changes of the schema undid each other",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      site.schemaVersion += 2;
      const { answer } = await asking(site, bob, { boundMs: 60_000 });
      await rig.clock.advance(1);
      expect(await answer).toEqual({ kind: "direct", reason: "token-unknown" });
      const { answer: again } = await asking(site, bob, { boundMs: 60_000 });
      await rig.origin.answer("bob's");
      expect(textOf(await again)).toBe("bob's");
    }),
  );

  it(
    "S8. that was under way when roles changed is kept for nobody",
    onTrustedSite(async (site, rig) => {
      const { answer } = await asking(site, ann);
      site.history = "2";
      await site.pull();
      await rig.origin.answer("ann's");
      expect(textOf(await answer)).toBe("ann's");
      await site.pull();
      const { answer: next } = await asking(site, bob, { boundMs: 60_000 });
      expect(tokens(rig).at(-1)).toBe(bob.token);
      await rig.origin.answer("bob's");
      expect(textOf(await next)).toBe("bob's");
    }),
  );

  it(
    "S8. is not even for another token of that reader if roles changed, before it arrived or after",
    onTrustedSite(async (site, rig) => {
      const refreshed = bearerOf("ann", 2);
      for (const whenArrived of [true, false]) {
        const { answer: first } = await asking(site, ann);
        if (whenArrived) await rig.origin.answer("before");
        site.history += "1";
        await site.pull();
        if (!whenArrived) await rig.origin.answer("before");
        expect(textOf(await first)).toBe("before");
        await site.pull();
        const { answer: next } = await asking(site, refreshed, { boundMs: 60_000 });
        expect(tokens(rig).at(-1)).toBe(refreshed.token);
        await rig.origin.answer("after");
        expect(textOf(await next)).toBe("after");
        await site.keeper.purge({ all: true });
      }
    }),
  );

  it(
    "S8. is not given out when the pull fails, and a client pays for the pulls that it needs",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      site.isDown = true;
      const { answer } = await asking(site, bob);
      await rig.clock.advance(1);
      expect(await answer).toEqual(ALONE);
      for (let n = 0; n < EXTRA_OPERATIONS_PER_MINUTE; n++)
        await site.filled(readBy(`n${n}`), bob, "bob's", { client: "greedy", pulled: true });
      const pulls = site.pulls;
      const keyed = await site.keyed(articles, bob);
      expect(await fill(site.keeper, keyed, { bearer: bob, client: "greedy" })).toEqual(ALONE);
      expect(site.pulls).toBe(pulls);
    }),
  );

  it(
    "S2. is not given to a bearer whose token ended during the pull",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      const exp = Math.floor(rig.clock.now() / 1_000) + 1;
      const late = bearerOf("late");
      site.people.set("late", { exp });
      const keyed = await site.keyed(articles, late);
      site.slowly = rig.clock.sleep(2_000);
      const answer = fill(site.keeper, keyed, { bearer: late });
      await rig.clock.advance(2_000);
      expect(await answer).toEqual({ kind: "direct", reason: "token-expired" });
    }),
  );

  it(
    "I2. is not given out as current if a change touched it during the pull",
    onTrustedSite(async (site, rig) => {
      await site.filled(articles, ann, "ann's");
      const change = {
        type: "INSERT",
        schema: "public",
        table: "articles",
        record: { id: 1 },
        old_record: null,
      };
      site.changes = [{ ...change, writtenAt: 1 }];
      const { answer } = await asking(site, bob);
      await rig.clock.advance(1);
      expect(tokens(rig).at(-1)).toBe(bob.token);
      await rig.origin.answer("newer");
      expect(textOf(await answer)).toBe("newer");
    }),
  );
});
