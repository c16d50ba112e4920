// For tests on a site whose readers sign in: two of its readers, what they read, and how it is asked.

import { settle } from "../../runtime/virtual-clock.ts";
import type { Sql } from "../ports/ports.ts";
import type { Bearer } from "../protocol/audience.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import type { Rig } from "./rig.ts";
import { BOOKMARKS, bearerOf, DOCS, readBy, Site } from "./signed-in.ts";
import { onStorage } from "./storage.ts";

type SiteTest = (site: Site, rig: Rig, sql: Sql) => Promise<void>;

export const articles = readBy("a");
export const bookmarks = readBy("b", BOOKMARKS);
export const docs = readBy("d", DOCS);
export const [ann, bob] = [bearerOf("ann"), bearerOf("bob")];

/** Runs a test on a site whose keeper has pulled once. */
export function onSite(test: SiteTest, given: Parameters<Rig["start"]>[0] = {}): () => Promise<void> {
  return onStorage(async (rig, sql) => {
    const site = new Site(rig);
    await site.start(given);
    await test(site, rig, sql);
  });
}

/** The same, where answers about articles are known to be the same for everybody, and Ann and Bob are known. */
export function onTrustedSite(test: SiteTest): () => Promise<void> {
  return onSite(async (site, rig, sql) => {
    await site.trust(readBy("warm"));
    for (const bearer of [ann, bob]) await site.ask(articles, bearer);
    await test(site, rig, sql);
  });
}

/** Asks, and lets the keeper handle it as far as it can. */
export async function asking(
  site: Site,
  bearer: Bearer,
  request: Partial<FillRequest> = {},
  read = articles,
) {
  const answer = site.read(read, bearer, request);
  await settle();
  return { answer };
}

/** With whose tokens the origin was asked. */
export const tokens = ({ origin }: Rig) => origin.asked.map(({ token }) => token);

/** With whom an answer may be shared, or of what kind it is if it is none. */
export const shared = (answer: FillAnswer) => (answer.kind === "entry" ? answer.sharing : answer.kind);
