import { AUTHORS, POST_CATEGORIES, POSTS } from "../database/schema.ts";
import type { Draw } from "./draw.ts";
import type { Shape, Workload, Write } from "./shapes.ts";

const post = (draw: Draw) => String(draw.zipf(POSTS));

/** An anonymous reader sees no drafts: a policy says so, and the judge's SQL must. */
const SHAPES: readonly Shape[] = [
  {
    name: "post",
    weight: 38,
    tables: ["posts", "authors"],
    value: post,
    path: (id) => `/rest/v1/posts?select=id,title,body,published,author:authors(id,name)&id=eq.${id}`,
    sql: `select x.id, x.title, x.body, x.published, a.id as author, a.name
      from posts x left join authors a on a.id = x.author_id where x.id = p.v::int and not x.draft`,
  },
  {
    name: "comments",
    weight: 22,
    tables: ["comments"],
    value: post,
    path: (id) => `/rest/v1/comments?select=id,author,body&post_id=eq.${id}&order=id.asc&limit=50`,
    sql: "select id, author, body from comments where post_id = p.v::int order by id limit 50",
  },
  {
    name: "front page",
    weight: 16,
    tables: ["posts"],
    value: (draw) => String(10 * (draw.zipf(5) - 1)),
    path: (offset) =>
      `/rest/v1/posts?select=id,title,published&order=published.desc,id.asc&limit=10&offset=${offset}`,
    sql: `select id, title, published from posts where not draft
      order by published desc, id limit 10 offset p.v::int`,
  },
  {
    name: "category",
    weight: 12,
    tables: ["posts"],
    value: (draw) => draw.pick(POST_CATEGORIES),
    path: (name) =>
      `/rest/v1/posts?select=id,title,published&category=eq.${name}&order=published.desc,id.asc&limit=15`,
    sql: `select id, title, published from posts where category = p.v and not draft
      order by published desc, id limit 15`,
  },
  {
    name: "most read",
    weight: 8,
    tables: ["posts"],
    value: () => "all",
    path: () => "/rest/v1/posts?select=id,title,views&order=views.desc,id.asc&limit=10",
    sql: "select id, title, views from posts where not draft order by views desc, id limit 10",
  },
  {
    name: "author",
    weight: 4,
    tables: ["authors"],
    value: (draw) => String(draw.zipf(AUTHORS)),
    path: (id) => `/rest/v1/authors?select=id,name,bio&id=eq.${id}`,
    sql: "select id, name, bio from authors where id = p.v::int",
  },
];

const WRITES: readonly Write[] = [
  {
    name: "comment",
    weight: 45,
    tables: ["comments"],
    sql: (draw, turn) =>
      `insert into comments (post_id, author, body) values (${post(draw)}, 'reader${draw.below(90)}', 'remark ${turn}')`,
  },
  {
    name: "view counted",
    weight: 30,
    tables: ["posts"],
    sql: (draw) => `update posts set views = views + 1 where id = ${post(draw)}`,
  },
  {
    name: "edit",
    weight: 14,
    tables: ["posts"],
    sql: (draw, turn) => `update posts set body = 'Rewritten ${turn}' where id = ${post(draw)}`,
  },
  {
    name: "title",
    weight: 5,
    tables: ["posts"],
    sql: (draw, turn) => `update posts set title = 'Retitled ${turn}' where id = ${post(draw)}`,
  },
  {
    name: "publish",
    weight: 4,
    tables: ["posts"],
    sql: (draw, turn) =>
      `insert into posts (author_id, title, body, category, published)
       values (${1 + draw.below(AUTHORS)}, 'New ${turn}', 'text', '${draw.pick(POST_CATEGORIES)}', ${1_710_000_000 + turn})`,
  },
  {
    name: "profile",
    weight: 2,
    tables: ["authors"],
    sql: (draw, turn) => `update authors set bio = 'Writes ${turn}' where id = ${1 + draw.below(AUTHORS)}`,
  },
];

export const BLOG: Workload = { name: "blog", shapes: SHAPES, writes: WRITES };
