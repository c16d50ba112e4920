import { identifier } from "../../capture/sql/quote.ts";

/** `public.articles`, `public."Articles"`: a relation as SQL takes it, quoted only where it must be. */
export function sqlName(relation: string): string {
  const dot = relation.indexOf(".");
  return [relation.slice(0, dot), relation.slice(dot + 1)]
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name)))
    .join(".");
}
