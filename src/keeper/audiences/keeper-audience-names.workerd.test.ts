import { describe, expect, it } from "vitest";
import { ARTICLES } from "../testing/fixtures.ts";
import { ann, articles, bob, bookmarks, docs, onSite } from "../testing/on-site.ts";
import { fill, type Rig } from "../testing/rig.ts";
import { BOOKMARKS, bearerOf, DOCS, readBy, Site } from "../testing/signed-in.ts";
import { onStorage } from "../testing/storage.ts";

const asked = ({ origin }: Rig) => origin.askedWho.length;

describe("an audience", () => {
  const audienceOf = async (site: Site, read = docs, bearer = ann) => {
    const answer = await site.ask(read, bearer);
    return answer.kind === "known" ? answer.audience : answer.reason;
  };

  it(
    "S6. is the role where no claim matters, and else tells claims apart without telling them",
    onSite(async (site) => {
      expect(await audienceOf(site, articles)).toBe("authenticated");
      const tenants = [undefined, "null", '""', '"a"', '"A"', "1", "1.0", '"1"'];
      const audiences: string[] = [];
      for (const [n, tenant] of tenants.entries()) {
        site.people.set(`p${n}`, tenant === undefined ? {} : { tenant });
        audiences.push(await audienceOf(site, docs, bearerOf(`p${n}`)));
      }
      expect(new Set(audiences).size).toBe(tenants.length);
      for (const audience of audiences) expect(audience).toMatch(/^authenticated#[\w-]+$/);
    }),
  );

  it(
    "S6. is the same for all who have the same claims, whatever their tokens, and another in each instance",
    onSite(async (site, rig) => {
      site.people.set("ann", { tenant: '"a"' }).set("bob", { tenant: '"a"' });
      const audience = await audienceOf(site);
      expect(await audienceOf(site, docs, bob)).toBe(audience);
      expect(await audienceOf(site, docs, bearerOf("ann", 2))).toBe(audience);
      site.keeper = rig.start();
      await site.pull();
      expect(await audienceOf(site)).not.toBe(audience);
    }),
  );

  it(
    "S6. is of a role by any name, none of which can be taken for claims",
    onStorage(async (rig) => {
      const site = new Site(rig);
      rig.audiences = { ...rig.audiences, roles: ["a b#c"] };
      await site.start();
      site.people.set("ann", { role: "a b#c" });
      expect(await audienceOf(site, articles)).toBe("a%20b%23c");
    }),
  );

  it(
    "S6. is what a key ends with: by another's name nothing is given out, and nobody is asked",
    onSite(async (site, rig) => {
      const own = await site.keyed(bookmarks, ann);
      const other = await site.keyed(bookmarks, bob);
      const tries = [
        [own, bob, "token-unknown"],
        [other, ann, "token-unknown"],
        [{ ...own, key: bookmarks.key }, ann, "token-unknown"],
        [{ ...own, key: `${bookmarks.key} authenticated` }, ann, "token-unknown"],
        [own, bearerOf("never"), "token-unknown"],
        [own, null, "audience-unknown"],
        [{ ...own, audience: "publishable" as const }, ann, "audience-unknown"],
      ] as const;
      for (const [read, bearer, reason] of tries)
        expect(await fill(site.keeper, read, { bearer })).toEqual({ kind: "direct", reason });
      expect(rig.origin.asked).toEqual([]);
    }),
  );

  it(
    "S11. needs no question for a query with other needs once the claims are known, and a name of its own",
    onSite(async (site, rig) => {
      site.people.set("ann", { tenant: '"a"' });
      await site.ask(docs, ann);
      const needs = new Set<string>();
      for (const read of [articles, bookmarks, docs, readBy("x", DOCS, BOOKMARKS), readBy("y", ARTICLES)]) {
        const answer = await site.ask(read, ann);
        if (answer.kind === "known") needs.add(`${answer.needs} ${answer.audience}`);
      }
      expect(needs.size).toBe(4);
      expect(asked(rig)).toBe(1);
    }),
  );
});
