import type { Draw } from "../../workload/trace/draw.ts";
import { ARTICLES, firstTeams, NOTES_A_TEAM, noteId, TEAMS, userId } from "../database/schema.ts";

/** What a writer commits. */
export interface Commit {
  readonly sql: string;
  readonly tables: readonly string[];
}

/** What the site's database holds, as far as the trace must know it to draw what comes next. */
export class Site {
  readonly #teams = new Map<number, Set<number>>();
  readonly #notes = new Map<number, number>();
  readonly #users: number;
  #articles = ARTICLES;

  constructor(users: number) {
    this.#users = users;
    for (let user = 1; user <= users; user++) this.#teams.set(user, new Set(firstTeams(user)));
  }

  teamsOf(user: number): readonly number[] {
    return [...(this.#teams.get(user) ?? [])];
  }

  /** One of the team's notes; the newest are read most. */
  note(team: number, draw: Draw): number {
    const count = this.#notes.get(team) ?? NOTES_A_TEAM;
    return noteId(team, count - draw.zipf(Math.min(20, count)));
  }

  article(draw: Draw): number {
    return draw.zipf(this.#articles);
  }

  addNote(team: number, user: number, turn: number): Commit {
    const count = this.#notes.get(team) ?? NOTES_A_TEAM;
    this.#notes.set(team, count + 1);
    return {
      sql: `insert into notes (id, team_id, author, title, body)
        values (${noteId(team, count)}, ${team}, '${userId(user)}', 'Added ${turn}', 'What was found at ${turn}')`,
      tables: ["notes"],
    };
  }

  editNote(note: number, turn: number): Commit {
    return {
      sql: `update notes set body = 'Rewritten at ${turn}', version = version + 1 where id = ${note}`,
      tables: ["notes"],
    };
  }

  /** Adds the bookmark, or removes it. */
  toggleBookmark(user: number, article: number, turn: number): Commit {
    const its = `user_id = '${userId(user)}' and article_id = ${article}`;
    return {
      sql: `do $$ begin
          delete from bookmarks where ${its};
          if not found then
            insert into bookmarks (user_id, article_id, note) values ('${userId(user)}', ${article}, 'at ${turn}');
          end if;
        end $$`,
      tables: ["bookmarks"],
    };
  }

  /** Somebody joins a team, or leaves one: as many of one as of the other. */
  changeMembership(draw: Draw): Commit {
    const user = 1 + draw.below(this.#users);
    const teams = this.#teams.get(user) ?? new Set();
    const leaves = teams.size > 0 && draw.unit() < 0.5;
    const team = leaves ? draw.pick([...teams]) : 1 + draw.below(TEAMS);
    const tables = ["memberships"];
    if (leaves) {
      teams.delete(team);
      return {
        sql: `delete from memberships where team_id = ${team} and user_id = '${userId(user)}'`,
        tables,
      };
    }
    teams.add(team);
    return {
      sql: `insert into memberships values (${team}, '${userId(user)}', 'member') on conflict do nothing`,
      tables,
    };
  }

  renameUser(draw: Draw, turn: number): Commit {
    const user = userId(1 + draw.below(this.#users));
    return { sql: `update profiles set name = 'Renamed ${turn}' where id = '${user}'`, tables: ["profiles"] };
  }

  editArticle(draw: Draw, turn: number): Commit {
    const article = this.article(draw);
    const what = draw.unit() < 0.3 ? "title" : "body";
    return {
      sql: `update articles set ${what} = 'Edited at ${turn}' where id = ${article}`,
      tables: ["articles"],
    };
  }

  publishArticle(category: string, turn: number): Commit {
    this.#articles++;
    return {
      sql: `insert into articles values (${this.#articles}, '${category}', 'Published at ${turn}', 'text')`,
      tables: ["articles"],
    };
  }
}
