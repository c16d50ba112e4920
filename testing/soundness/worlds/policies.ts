import type { Random } from "../random.ts";
import { makeBlog } from "./blog.ts";
import type { World } from "./world.ts";

/** A blog with row-level security. */
export function policiesWorld(random: Random): World {
  const blog = makeBlog(random, {});
  const enabled = Object.keys(POLICIES).map((table) => `alter table ${table} enable row level security;`);
  return { ...blog, sql: [blog.sql, ...enabled, ...policies(random)].join("\n"), hasHidden: true };
}

/** None reads a relation whose own policies read it back: Postgres refuses that. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  posts: [
    "score < 4 or exists (select from users u where u.id = posts.user_id and u.rank > 2)",
    "score < 4 or exists (select from users u where u.id = posts.user_id and u.rank > 2)",
    "exists (select 1 from users where users.id = user_id and (users.rank is null or users.rank in (1, 2, 3, 5)))",
    "not exists (select from users u where u.id = posts.user_id and u.rank = 3)",
    "user_id in (select id from users where rank > 2 and rank <> 9)",
    "user_id not in (select id from users where rank > 9) or score = 1",
    "exists (select from users where users.rank = posts.score and users.stored > 4)",
    "score is distinct from 3 and exists (select from comments c where c.post_id = posts.id)",
    "not (score > 3 and not exists (select from post_tags t where t.post_id = posts.id and t.weight < t.tag_id))",
    "exists (select from post_tags t join tags g on g.id = t.tag_id where t.post_id = posts.id and t.weight > 2)",
    "(select count(*) from comments c where c.post_id = posts.id) < 3",
    "exists (select from post_tags where weight = 3)",
    "score > 3 or user_id is null",
    "true",
  ],
  users: [
    "rank is distinct from 7",
    "rank is distinct from 7",
    "rank > 2 and not (rank = 5 or stored > 20)",
    "rank + 1 < 9 or id = 3",
    "id in (select weight from post_tags where tag_id <= 4)",
  ],
  tags: [
    "id in (select tag_id from post_tags where weight > 1)",
    "id in (select tag_id from post_tags where weight > 1)",
    "not exists (select from post_tags p where p.tag_id = tags.id and (p.weight > 8 or p.post_id = 3))",
    "exists (select from post_tags p where tags.id = p.tag_id and p.post_id is not null)",
  ],
};

function policies(random: Random): readonly string[] {
  return Object.entries(POLICIES).flatMap(([table, conditions]) => {
    const policy = (name: string, kind: string) =>
      `create policy ${table}_${name} on ${table} ${kind} for select using (${random.pick(conditions)});`;
    const second = random.chance(25) ? [policy("second", random.pick(["", "as restrictive"]))] : [];
    return [policy("first", ""), ...second];
  });
}
