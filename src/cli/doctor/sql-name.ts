import { identifier } from "../../capture/sql/quote.ts";

/** A relation as SQL writes it, quoted only where necessary: `public.articles`, `public."Articles"`. */
export function sqlName(relation: string): string {
  const dot = relation.indexOf(".");
  return [relation.slice(0, dot), relation.slice(dot + 1)]
    .map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name)))
    .join(".");
}
