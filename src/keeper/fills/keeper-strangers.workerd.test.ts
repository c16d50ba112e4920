import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { FillAnswer } from "../protocol/fill.ts";
import { changeOf, entryOf, responseOf } from "../testing/fixtures.ts";
import { ann, articles, asking, bob, onSite, onTrustedSite, shared, tokens } from "../testing/on-site.ts";
import { sync } from "../testing/rig.ts";
import { bearerOf, readBy, Site } from "../testing/signed-in.ts";
import { onStorage } from "../testing/storage.ts";

const ALONE = { kind: "direct", reason: "budget" };

const textOf = (answer: FillAnswer) => entryOf(answer).text;

describe("a flight for one reader", () => {
  it(
    "S8. is waited for by others, and serves them once it is cleared; the same token joins it",
    onTrustedSite(async (site, rig) => {
      const before = rig.origin.asked.length;
      const { answer: first } = await asking(site, ann);
      const { answer: same } = await asking(site, ann);
      const others = Array.from({ length: 20 }, () => site.read(articles, bob));
      await settle();
      await rig.origin.answer("ann's");
      await rig.clock.advance(1);
      expect([shared(await first), shared(await same)]).toEqual(["uncleared", "uncleared"]);
      for (const answer of await Promise.all(others))
        expect([textOf(answer), shared(answer)]).toEqual(["ann's", "free"]);
      expect(tokens(rig).slice(before)).toEqual([ann.token]);
    }),
  );

  it(
    "S8. that ends in an error, a failure or an unshareable answer tells nobody else",
    onTrustedSite(async (site, rig) => {
      const ends = [
        responseOf('{"message":"ann is a member of …"}', 403),
        { kind: "failed", reason: "unreachable" },
        { kind: "unshareable", reason: "set-cookie" },
      ] as const;
      for (const [n, end] of ends.entries()) {
        const read = readBy(`error${n}`);
        const { answer: first } = await asking(site, ann, {}, read);
        const { answer: same } = await asking(site, ann, {}, read);
        const { answer: other } = await asking(site, bob, {}, read);
        await rig.origin.answer(end);
        expect((await first).kind).toBe(["relay", "failed", "direct"][n]);
        expect((await same).kind).toBe(["relay", "failed", "direct"][n]);
        expect(await other).toEqual(ALONE);
      }
    }),
  );

  it(
    "S8. is not joined by others when a change has overtaken it, nor is the flight that follows it",
    onTrustedSite(async (site, rig) => {
      const { answer: first } = await asking(site, ann);
      await site.keeper.ingest([changeOf()]);
      const { answer: bounded } = await asking(site, bob, { boundMs: 60_000 });
      const { answer: next } = await asking(site, ann);
      const { answer: strict } = await asking(site, bob);
      await rig.origin.answer("before");
      expect(textOf(await first)).toBe("before");
      expect(tokens(rig).at(-1)).toBe(ann.token);
      await rig.origin.answer("after");
      await rig.clock.advance(2);
      expect([textOf(await next), shared(await next)]).toEqual(["after", "uncleared"]);
      // The first is within his bound, once it is cleared.
      expect([textOf(await bounded), shared(await bounded)]).toEqual(["before", "free"]);
      expect([textOf(await strict), shared(await strict)]).toEqual(["after", "free"]);
    }),
  );

  it(
    "S8. hands no error to others who wait for a flight that follows it",
    onTrustedSite(async (site, rig) => {
      await asking(site, ann);
      await site.keeper.ingest([changeOf()]);
      await asking(site, ann);
      const { answer: other } = await asking(site, bob);
      await rig.origin.answer("before");
      await rig.origin.answer(responseOf("{}", 500));
      expect(await other).toEqual(ALONE);
    }),
  );

  it(
    "I3. asks the origin with one token at a time for a key, however many different ones wait",
    onSite(async (site, rig) => {
      const people = Array.from({ length: 30 }, (_, n) => bearerOf(`p${n}`));
      for (const bearer of people) await site.ask(articles, bearer);
      const answers = people.map((bearer) => site.read(articles, bearer));
      await settle();
      for (let n = 1; n <= 4; n++) {
        expect(rig.origin.asked).toHaveLength(n);
        await rig.origin.answer("the same");
      }
      await rig.clock.advance(1);
      const sharings = (await Promise.all(answers)).map(shared).sort();
      expect(rig.origin.asked).toHaveLength(4);
      expect(sharings.filter((each) => each === "free")).toHaveLength(26);
    }),
  );
});

describe("what is fetched with a reader's token", () => {
  it(
    "S8. is asked for by readers only: not after a change, and not to compare",
    onStorage(async (rig) => {
      rig.auditEveryMs = 60_000;
      const site = new Site(rig);
      await site.start();
      await site.filled(articles, ann, "ann's");
      await site.read(articles, ann);
      await rig.clock.advance(60_000);
      await sync(site.keeper);
      await settle();
      await site.keeper.ingest([changeOf()]);
      await rig.clock.advance(120_000);
      expect(tokens(rig)).toEqual([ann.token]);
      expect((await site.keeper.stats(null)).audits).toBe(0);
    }),
  );
});
