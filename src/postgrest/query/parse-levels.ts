import type { Lexer } from "./lexer.ts";
import { embedName } from "./output-columns.ts";
import type { EmbedDraft, SelectDraft } from "./parse-select.ts";
import type { Condition, Level, OrderTerm, SelectItem } from "./query.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

/** A level while parameters are being added to it. */
export interface LevelDraft {
  readonly items: readonly SelectDraft[];
  readonly embeds: ReadonlyMap<EmbedDraft, LevelDraft>;
  /** Embeds by their alias and by the name of their relation. */
  readonly named: ReadonlyMap<string, ReadonlySet<EmbedDraft>>;
  /** The embeds that parameters address or pass through, by the kind of parameter, in order of appearance. */
  readonly touched: Readonly<Record<Touch, Set<EmbedDraft>>>;
  readonly where: Condition[];
  order?: readonly OrderTerm[];
  /** Null: given but empty. */
  limit?: number | null;
  offset?: number | null;
}

type Touch = "filter" | "order" | "range" | "logic";

export function draftLevel(items: readonly SelectDraft[]): LevelDraft {
  const embeds = new Map<EmbedDraft, LevelDraft>();
  const named = new Map<string, Set<EmbedDraft>>();
  for (const item of items) {
    if (item.kind !== "embed") continue;
    embeds.set(item, draftLevel(item.items));
    for (const name of [item.relation, embedName(item)]) {
      const same = named.get(name) ?? new Set();
      named.set(name, same.add(item));
    }
  }
  const none = () => new Set<EmbedDraft>();
  const touched = { filter: none(), order: none(), range: none(), logic: none() };
  return { items, embeds, named, touched, where: [] };
}

/** The level that a parameter addresses. */
export function findLevel(root: LevelDraft, path: readonly string[], touch: Touch, lexer: Lexer): LevelDraft {
  let level = root;
  for (const name of path) {
    const embed = findEmbed(level, name, lexer);
    level.touched[touch].add(embed);
    level = level.embeds.get(embed) ?? level;
  }
  return level;
}

/**
 * The embed with this alias, or of this relation if it has no alias. Older versions of PostgREST also find an aliased
 * embed by its relation, and take the first that fits; newer ones warn or refuse. So this refuses what depends on that.
 */
export function findEmbed(level: LevelDraft, name: string, lexer: Lexer): EmbedDraft {
  const [embed, ...others] = level.named.get(name) ?? [];
  if (embed === undefined) lexer.fail(`${name} is not embedded`, "not-embedded");
  if (others.length > 0) lexer.fail(`${name} names several embeds`, "ambiguous");
  if (embedName(embed) !== name) lexer.fail(`${name} is embedded under another name`, "ambiguous");
  return embed;
}

/** @throws QuerySyntaxError */
export function finishLevel(draft: LevelDraft, isRoot = true): Level {
  const { items, embeds, where, order = [], limit, offset } = draft;
  // Then PostgREST takes the limit as 0, or refuses the range.
  if (limit === null && offset !== undefined)
    throw new QuerySyntaxError("not-a-number", 0, "an offset beside an empty limit");
  const isRanged = limit !== undefined || offset !== undefined;
  const inPlace = embedsInPlace(draft).values();
  const select = items.map((item): SelectItem => {
    if (item.kind !== "embed") return item;
    const moved = inPlace.next().value ?? item;
    const { items: _, ...embed } = moved;
    return { ...embed, level: finishLevel(embeds.get(moved) ?? draftLevel(moved.items), false) };
  });
  return {
    select,
    where,
    order,
    ...(limit != null && { limit }),
    offset: offset ?? 0,
    ...(!isRoot && isRanged && limit == null && !offset && { ranged: true as const }),
  };
}

/**
 * The embeds in the order in which PostgREST answers them. Each parameter that addresses an embed moves it to the front:
 * filters from the last to the first, then in the same way `order`, `limit` with `offset`, and logic (`Plan.hs`,
 * `updateNode`). Several limits move their embeds in the order of a hash table, so these keep their order here.
 */
function embedsInPlace({ items, touched }: LevelDraft): ReadonlySet<EmbedDraft> {
  const embeds = items.filter((item) => item.kind === "embed");
  const ranged = embeds.filter((embed) => touched.range.has(embed));
  return new Set([...touched.logic, ...ranged, ...touched.order, ...touched.filter, ...embeds]);
}
