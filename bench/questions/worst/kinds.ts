import type { Kind } from "./scenario.ts";
import { embeds, groups, guarded, pages, plain, text } from "./structures.ts";
import { arrays, documents, floats, lists, logic, patterns, scalars, unchanged, untyped } from "./values.ts";

/** The ways to make the keeper work, among which the search looks for the worst. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "like with _": patterns("like", true),
  like: patterns("like", false),
  ilike: patterns("ilike", false),
  "ilike with _": patterns("not.ilike", true),
  "logic trees": logic,
  lists,
  "long numbers": scalars,
  arrays,
  json: documents,
  "no schema": untyped,
  "wide rows, unchanged": unchanged,
  "zeros and nulls": floats,
  "many equalities": groups,
  embeds,
  pages,
  policies: guarded,
  "open to every row": plain,
  "long pages": text,
};
