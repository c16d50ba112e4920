import type { Judged } from "../../workload/trace/shapes.ts";

/** A kind of read of the application. */
export interface AppRead extends Judged {
  /** Whether policies show everybody the same; else the judge's value begins with the user and a slash. */
  readonly shared: boolean;
  readonly path: (of: string) => string;
}

/** The user and the rest of the value, in the judge's SQL. */
const USER = "split_part(p.v, '/', 1)::uuid";
const OF = "split_part(p.v, '/', 2)";
const MY_TEAMS = `(select team_id from memberships where user_id = ${USER})`;

export const MY_TEAMS_READ: AppRead = {
  name: "my teams",
  shared: false,
  tables: ["memberships", "teams"],
  path: () => "/rest/v1/memberships?select=role,team:teams(id,name)&order=team_id.asc",
  sql: `select m.role, t.id, t.name from memberships m join teams t on t.id = m.team_id
    where m.user_id = ${USER} order by m.team_id`,
};

export const MY_BOOKMARKS: AppRead = {
  name: "my bookmarks",
  shared: false,
  tables: ["bookmarks", "articles"],
  path: () => "/rest/v1/bookmarks?select=id,note,article:articles(id,title)&order=id.desc&limit=20",
  sql: `select b.id, b.note, a.id as article, a.title from bookmarks b join articles a on a.id = b.article_id
    where b.user_id = ${USER} order by b.id desc limit 20`,
};

export const BOOKMARK: AppRead = {
  name: "bookmark",
  shared: false,
  tables: ["bookmarks"],
  path: (article) => `/rest/v1/bookmarks?select=id,note&article_id=eq.${article}&order=id.asc`,
  sql: `select id, note from bookmarks where article_id = ${OF}::int and user_id = ${USER} order by id`,
};

export const TEAM: AppRead = {
  name: "team",
  shared: false,
  tables: ["teams", "memberships"],
  path: (team) => `/rest/v1/teams?select=id,name&id=eq.${team}`,
  sql: `select id, name from teams where id = ${OF}::int and id in ${MY_TEAMS}`,
};

export const NOTES: AppRead = {
  name: "notes of a team",
  shared: false,
  tables: ["notes", "memberships", "profiles"],
  path: (team) =>
    `/rest/v1/notes?select=id,title,version,by:profiles(name)&team_id=eq.${team}&order=id.desc&limit=20`,
  sql: `select n.id, n.title, n.version, a.name from notes n left join profiles a on a.id = n.author
    where n.team_id = ${OF}::int and n.team_id in ${MY_TEAMS} order by n.id desc limit 20`,
};

export const NOTE: AppRead = {
  name: "note",
  shared: false,
  tables: ["notes", "memberships"],
  path: (note) => `/rest/v1/notes?select=id,title,body,version&id=eq.${note}`,
  sql: `select id, title, body, version from notes where id = ${OF}::int and team_id in ${MY_TEAMS}`,
};

export const ARTICLES_READ: AppRead = {
  name: "articles",
  shared: true,
  tables: ["articles"],
  path: (category) => `/rest/v1/articles?select=id,title&category=eq.${category}&order=id.desc&limit=20`,
  sql: "select id, title from articles where category = p.v order by id desc limit 20",
};

export const ARTICLE: AppRead = {
  name: "article",
  shared: true,
  tables: ["articles"],
  path: (article) => `/rest/v1/articles?select=id,title,body&id=eq.${article}`,
  sql: "select id, title, body from articles where id = p.v::int",
};

export const PROFILE: AppRead = {
  name: "profile",
  shared: true,
  tables: ["profiles"],
  path: (user) => `/rest/v1/profiles?select=id,name&id=eq.${user}`,
  sql: "select id, name from profiles where id = p.v::uuid",
};
