// What readers of the random policies ask for.

/** Reads, with the SQL that answers them as PostgREST does. */
export const WORLD_READS: readonly {
  readonly relation: string;
  readonly search: string;
  readonly sql: string;
}[] = [
  { relation: "docs", search: "select=*", sql: "select * from docs" },
  {
    relation: "docs",
    search: "select=id,tenant&published=is.true",
    sql: "select id, tenant from docs where published is true",
  },
  {
    relation: "docs",
    search: "select=id,owner&published=eq.true&rank=gt.1",
    sql: "select id, owner from docs where published = true and rank > 1",
  },
  {
    relation: "docs",
    search: "select=id,rank&order=id&limit=2",
    sql: "select id, rank from docs order by id limit 2",
  },
  {
    relation: "docs",
    search: "select=id&order=id&offset=1&limit=1",
    sql: "select id from docs order by id limit 1 offset 1",
  },
  { relation: "docs", search: "select=id&team_id=eq.1", sql: "select id from docs where team_id = 1" },
  {
    relation: "docs",
    search: "select=id,teams(id,name)",
    sql: "select d.id, (select row_to_json(t) from (select id, name from teams where teams.id = d.team_id) t) as teams from docs d",
  },
  {
    relation: "docs",
    search: "select=id,teams!inner(id)&order=id",
    sql: "select d.id, json_build_object('id', t.id) as teams from docs d join teams t on t.id = d.team_id order by d.id",
  },
  {
    relation: "teams",
    search: "select=id,docs(id)&order=id",
    sql: "select t.id, coalesce((select json_agg(json_build_object('id', d.id) order by d.id) from docs d where d.team_id = t.id), '[]') as docs from teams t order by t.id",
  },
  {
    relation: "memberships",
    search: "select=team_id,user_id",
    sql: "select team_id, user_id from memberships",
  },
  { relation: "shown", search: "select=*", sql: "select * from shown" },
  { relation: "invoked", search: "select=id", sql: "select id from invoked" },
];
