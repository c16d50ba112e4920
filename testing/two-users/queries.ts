import type { Random } from "../random.ts";
import { USERS, userId } from "./people.ts";

/** A read as a client sends it, and the SQL that PostgREST would make of it. */
export interface SqlRead {
  readonly relation: string;
  readonly search: string;
  readonly sql: string;
}

/** `rows` in the one column that `trial.answers` takes. */
function asked(relation: string, search: string, rows: string): SqlRead {
  return { relation, search, sql: `select coalesce(json_agg(t), '[]')::text from (${rows}) t` };
}

/** Reads over all tables and views, with the literals that the rows have. */
export function queries(random: Random): readonly SqlRead[] {
  const team = 1 + random.below(3);
  const user = userId(random.below(USERS));
  const notes = "(select n.id, n.body from public.notes n where n.doc_id = d.id order by n.id)";
  return [
    asked("docs", "order=id", "select * from public.docs order by id"),
    asked(
      "docs",
      "select=id,title&published=eq.true&order=id",
      "select id, title from public.docs where published = 'true' order by id",
    ),
    asked(
      "docs",
      `select=id&team_id=eq.${team}&order=id`,
      `select id from public.docs where team_id = '${team}' order by id`,
    ),
    asked(
      "docs",
      "select=id,title&order=id&limit=2",
      "select id, title from public.docs order by id limit 2",
    ),
    asked(
      "docs",
      `owner=eq.${user}&order=id`,
      `select * from public.docs where owner = '${user}' order by id`,
    ),
    asked(
      "docs",
      "select=id&owner_text=is.null&order=id",
      "select id from public.docs where owner_text is null order by id",
    ),
    asked(
      "docs",
      "select=id,notes(id,body)&order=id&notes.order=id",
      `select d.id, coalesce((select json_agg(x) from ${notes} x), '[]') as notes from public.docs d order by d.id`,
    ),
    asked(
      "docs",
      "select=id,teams(name)&order=id",
      "select d.id, (select row_to_json(x) from (select t.name from public.teams t where t.id = d.team_id) x) as teams from public.docs d order by d.id",
    ),
    asked(
      "docs",
      "select=id,teams!inner(name)&order=id",
      "select d.id, row_to_json(x) as teams from public.docs d join lateral (select t.name from public.teams t where t.id = d.team_id) x on true order by d.id",
    ),
    asked("notes", "order=id", "select * from public.notes order by id"),
    asked(
      "notes",
      "select=id,docs(title)&order=id",
      "select n.id, (select row_to_json(x) from (select d.title from public.docs d where d.id = n.doc_id) x) as docs from public.notes n order by n.id",
    ),
    asked(
      "memberships",
      "order=team_id,user_id",
      "select * from public.memberships order by team_id, user_id",
    ),
    asked("teams", "order=id", "select * from public.teams order by id"),
    asked("profiles", "order=id", "select * from public.profiles order by id"),
    asked("open_docs", "order=id", "select * from public.open_docs order by id"),
    asked("my_docs", "order=id", "select * from public.my_docs order by id"),
  ];
}
