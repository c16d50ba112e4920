import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Bearer } from "../protocol/audience.ts";
import type { FillAnswer } from "../protocol/fill.ts";
import { bucketOf, keyName } from "../protocol/names.ts";
import { AUTHORS, entryOf } from "../testing/fixtures.ts";
import { ann, articles, bob, bookmarks, onSite, shared } from "../testing/on-site.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { bearerOf, DOCS, footprints, readBy, type Site } from "../testing/signed-in.ts";

const [cyd, dan, eve] = [bearerOf("cyd"), bearerOf("dan"), bearerOf("eve")];
const people = [ann, bob, cyd, dan, eve];

const [SAME, OTHER] = ['[{"id":1}]', '[{"id":1},{"id":2}]'];

const asked = ({ origin }: Rig) => origin.asked.length;

/** An answer that differs from the last one, and the pull by which it counts. */
async function differing(
  site: Site,
  rig: Rig,
  bearer: Bearer,
  text: string,
  read = articles,
): Promise<FillAnswer> {
  const answer = await site.filled(read, bearer, text);
  await rig.clock.advance(1);
  return answer;
}

describe("before answers of relations are shared by people", () => {
  it(
    "S10. three others get their own, which must be the same",
    onSite(async (site, rig) => {
      const sharings = [];
      for (const [n, bearer] of [ann, bob, cyd, dan].entries()) {
        sharings.push(shared(await site.filled(articles, bearer, SAME)));
        expect(asked(rig)).toBe(n + 1);
      }
      expect(sharings).toEqual(["own", "own", "own", "uncleared"]);
      await site.pull();
      expect(shared(await site.read(articles, eve))).toBe("free");
      // What was learned holds for all queries of the same relations and claims.
      await site.filled(readBy("other"), ann, SAME);
      await site.pull();
      expect(shared(await site.read(readBy("other"), bob))).toBe("free");
      expect(asked(rig)).toBe(5);
    }),
  );

  it(
    "S10. and for none but these relations and claims",
    onSite(async (site, rig) => {
      await site.trust(articles);
      for (const person of ["ann", "bob"]) site.people.set(person, { tenant: '"a"' });
      for (const read of [readBy("x", AUTHORS), readBy("y", DOCS), readBy("z", "public.articles", AUTHORS)]) {
        await site.filled(read, ann, SAME);
        await site.pull();
        const before = asked(rig);
        expect(shared(await site.filled(read, bob, SAME))).toBe("own");
        expect(asked(rig)).toBe(before + 1);
      }
    }),
  );

  it(
    "S10. tokens of one person are no witnesses for each other, and need none",
    onSite(async (site, rig) => {
      for (const read of [articles, bookmarks]) {
        await site.filled(read, ann, SAME);
        await site.pull();
        const before = asked(rig);
        for (let number = 2; number < 8; number++)
          expect(shared(await site.read(read, bearerOf("ann", number)))).toBe("own");
        expect(asked(rig)).toBe(before);
      }
      // One reader counts once, however often the other one asks first.
      for (let number = 2; number < 8; number++) {
        await site.keeper.purge({ all: true });
        await site.filled(articles, ann, SAME);
        await site.filled(articles, bearerOf("bob", number), SAME);
      }
      expect(shared(await site.read(articles, bearerOf("bob", 7)))).toBe("own");
    }),
  );

  it(
    "S10. two people are enough if each finds so in turn",
    onSite(async (site, rig) => {
      for (const bearer of [ann, bob, ann, bob]) await site.filled(articles, bearer, SAME);
      await site.pull();
      const before = asked(rig);
      expect(shared(await site.read(articles, ann))).toBe("free");
      expect(asked(rig)).toBe(before);
    }),
  );

  it(
    "S10. whoever has no subject is nobody's other self",
    onSite(async (site, rig) => {
      for (const person of ["ann", "bob"]) site.people.set(person, { sub: null });
      await site.filled(articles, ann, SAME);
      await site.pull();
      const before = asked(rig);
      await site.filled(articles, bob, SAME);
      expect(asked(rig)).toBe(before + 1);
    }),
  );
});

describe("answers of two people that differ", () => {
  it(
    "S10. begin the count again, though a change may explain it",
    onSite(async (site, rig) => {
      await site.filled(articles, ann, SAME);
      await site.filled(articles, bob, SAME);
      await site.filled(articles, cyd, SAME);
      for (const text of [OTHER, SAME, OTHER]) {
        site.changes = [inserted];
        await differing(site, rig, dan, text);
        // The change has come: this answer is not compared with the one before it, and the next one is.
        await site.filled(articles, eve, text);
        expect(shared(await site.filled(articles, bearerOf("fay"), text))).toBe("own");
      }
      expect(rig.findings).toEqual([]);
    }),
  );

  it(
    "S10. twice, with no change that explains it, are shared with nobody until the schema changes, and it is said aloud",
    onSite(async (site, rig) => {
      const { entry } = entryOf(await site.filled(articles, ann, SAME));
      await site.filled(readBy("with", AUTHORS), ann, SAME);
      await differing(site, rig, bob, OTHER);
      expect(rig.findings).toEqual([]);
      const { position } = await sync(site.keeper);
      await differing(site, rig, cyd, SAME);
      expect(rig.findings).toMatchObject([
        { relation: "public.articles", path: "/rest/v1/articles", cause: "readers-differ" },
      ]);
      const taken = await sync(site.keeper, { since: position });
      expect([...taken.raised.keys()]).toEqual([bucketOf(keyName(`${articles.key} authenticated`))]);
      expect(await site.ask(articles, dan)).toMatchObject({ kind: "none", reason: "audience-unknown" });
      const keyed = { ...articles, key: `${articles.key} authenticated` };
      for (const have of [entry, null])
        expect(await fill(site.keeper, keyed, { bearer: ann, have })).toEqual({
          kind: "direct",
          reason: "audience-unknown",
        });
      expect(await site.ask(readBy("with", AUTHORS), ann)).toMatchObject({ kind: "known" });
      const explained = { kind: "bypass", reason: "audience-unknown" };
      expect(await site.keeper.explain(keyed, null)).toMatchObject({
        ...explained,
        audience: expect.stringContaining("got different ones"),
      });
      const { audiences } = await site.keeper.stats(null);
      expect(audiences.differing).toEqual([
        { role: "authenticated", relations: ["public.articles"], claims: [] },
      ]);
      // The next instance knows.
      site.keeper = rig.start();
      await site.pull();
      expect(await site.ask(articles, dan)).toMatchObject({ kind: "none", reason: "audience-unknown" });
      // Another history forgets whom it trusts, and not whom it does not.
      site.history = "2";
      await site.pull();
      expect(await site.ask(articles, dan)).toMatchObject({ kind: "none", reason: "audience-unknown" });
      rig.footprints = footprints("another");
      site.schemaVersion++;
      await site.pull();
      expect(await site.ask(articles, dan)).toMatchObject({ kind: "known" });
    }),
  );

  it(
    "S10. do not count while pulls fail, nor if rows only come in another order",
    onSite(async (site, rig) => {
      await site.filled(articles, ann, OTHER);
      await site.filled(articles, bob, '[{"id":2},{"id":1}]');
      site.isDown = true;
      for (const [n, bearer] of [cyd, dan, eve, ann].entries())
        await differing(site, rig, bearer, n % 2 === 0 ? SAME : OTHER);
      expect(rig.findings).toEqual([]);
      expect(shared(await site.filled(articles, bob, OTHER))).toBe("own");
    }),
  );
});

it(
  "S10. a key of many readers is asked for as one when its answers are trusted, and its error is each reader's own",
  onSite(async (site, rig) => {
    await site.trust(readBy("warm"));
    const answers = people.map((bearer) => site.read(articles, bearer));
    await settle();
    await rig.origin.answer(SAME);
    await rig.clock.advance(1);
    expect((await Promise.all(answers)).map(shared)).toEqual(["uncleared", "free", "free", "free", "free"]);
  }),
);

const inserted = {
  ...{ type: "INSERT", schema: "public", table: "articles", old_record: null, writtenAt: 1 },
  record: { id: 2 },
};
