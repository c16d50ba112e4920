import type { Random } from "../../../testing/random.ts";

const CATEGORIES = ["lecture", "exercise", "case study", "reading", "notes"];
const TOPICS = ["Cache", "Stale", "Log", "Key", "Entity", "Read", "Single"];
const KEYWORDS = ["basics", "protocol", "postgres", "edge", "theory", "operations", "security", "testing"];

const encoded = (text: string) => encodeURIComponent(text);

/** Pages, lists, searches, counts and joins, as an application over the demo's data asks for them. */
const SHAPES: readonly ((random: Random) => string)[] = [
  (r) => `articles?select=id,title,body,author_id,published_at&id=eq.${1 + r.below(240)}`,
  (r) => `articles?select=id,title,views&id=eq.${1 + r.below(240)}`,
  (r) =>
    `articles?select=id,title,published_at&order=published_at.desc.nullslast,id&limit=10&offset=${10 * r.below(6)}`,
  (r) => `articles?select=id,title&category=eq.${encoded(r.pick(CATEGORIES))}&order=id.desc&limit=20`,
  (r) => `articles?select=id,title&author_id=eq.${1 + r.below(12)}&order=id`,
  (r) => `articles?select=id,title,views&order=views.desc,id&limit=${5 + r.below(10)}`,
  (r) => `articles?select=id,title&title=like.*${r.pick(TOPICS)}*&order=id&limit=25`,
  (r) => `articles?select=id,title&keywords=cs.{${r.pick(KEYWORDS)}}&order=id&limit=30`,
  (r) => `articles?select=id&metadata->>level=eq.${r.pick(["beginner", "advanced"])}&order=id&limit=40`,
  (r) =>
    `articles?select=id,title&id=in.(${1 + r.below(80)},${81 + r.below(80)},${161 + r.below(80)})&order=id`,
  (r) => `articles?select=id,title&or=(category.eq.notes,author_id.eq.${1 + r.below(12)})&order=id&limit=15`,
  (r) => `articles?select=id,title,author:authors(id,name)&id=eq.${1 + r.below(240)}`,
  (r) => `articles?select=id,title,comments(id,author,body)&id=eq.${1 + r.below(240)}&comments.order=id`,
  (r) => `comments?select=id,author,body,created_at&article_id=eq.${1 + r.below(240)}&order=id`,
  (r) => `comments?select=id,article_id,body&order=id.desc&limit=${5 + r.below(15)}`,
  (r) => `comments?select=id,body&author=eq.student${1 + r.below(90)}&order=id`,
  (r) => `authors?select=id,name,bio&id=eq.${1 + r.below(12)}`,
  () => "authors?select=id,name&order=name,id",
  (r) => `article_tags?select=tag_id&article_id=eq.${1 + r.below(240)}&order=tag_id`,
  () => "tags?select=id,name&order=id",
  (r) =>
    `movies?select=id,title,imdb_rating,released_on&director=eq.${encoded(r.pick(["Steven Spielberg", "Woody Allen", "Ridley Scott"]))}&order=id`,
  (r) =>
    `movies?select=id,title,imdb_rating&imdb_rating=gte.${7 + r.below(2)}&order=imdb_rating.desc,id&limit=20`,
  (r) => `movies?select=id,title,genre&id=eq.${1 + r.below(3_000)}`,
  (r) =>
    `movies?select=id,title&released_on=gte.${1990 + r.below(15)}-01-01&released_on=lt.${2006 + r.below(4)}-01-01&order=id&limit=30`,
  (r) =>
    `movies?select=id,title,budget&budget=gt.${100_000_000 + 10_000_000 * r.below(10)}&order=budget.desc.nullslast,id&limit=10`,
];

/** This many different queries, all shapes in turn. */
export function queriesOf(count: number, random: Random): readonly string[] {
  const queries = new Set<string>();
  for (let turn = 0; queries.size < count && turn < 40 * count; turn++) {
    const shape = SHAPES[turn % SHAPES.length] as (random: Random) => string;
    queries.add(`/rest/v1/${shape(random)}`);
  }
  return [...queries];
}
