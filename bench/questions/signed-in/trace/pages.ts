import type { Draw } from "../../workload/trace/draw.ts";
import { CATEGORIES, userId } from "../database/schema.ts";
import {
  type AppRead,
  ARTICLE,
  ARTICLES_READ,
  BOOKMARK,
  MY_BOOKMARKS,
  MY_TEAMS_READ,
  NOTE,
  NOTES,
  PROFILE,
  TEAM,
} from "./reads.ts";
import type { Commit, Site } from "./site.ts";

type PageKind = "home" | "team" | "note" | "articles" | "article" | "bookmarks";

export interface Page {
  readonly kind: PageKind;
  /** What it reads at once, each with what it is about. */
  readonly reads: readonly (readonly [AppRead, string])[];
  /** What its reader changes, and in which share of cases. */
  readonly write: { readonly share: number; readonly change: (turn: number) => Commit } | null;
}

interface Visit {
  readonly user: number;
  readonly teams: readonly number[];
  readonly site: Site;
  readonly draw: Draw;
}

/** Where a reader goes from a page. */
const NEXT: Readonly<Record<PageKind, readonly { readonly kind: PageKind; readonly weight: number }[]>> = {
  home: [
    { kind: "team", weight: 6 },
    { kind: "articles", weight: 3 },
    { kind: "bookmarks", weight: 1 },
  ],
  team: [
    { kind: "note", weight: 7 },
    { kind: "home", weight: 2 },
    { kind: "team", weight: 1 },
  ],
  note: [
    { kind: "team", weight: 5 },
    { kind: "note", weight: 4 },
    { kind: "home", weight: 1 },
  ],
  articles: [
    { kind: "article", weight: 8 },
    { kind: "home", weight: 2 },
  ],
  article: [
    { kind: "articles", weight: 5 },
    { kind: "home", weight: 3 },
    { kind: "bookmarks", weight: 2 },
  ],
  bookmarks: [
    { kind: "article", weight: 5 },
    { kind: "home", weight: 5 },
  ],
};

/** The first page of a session, and the one that a reader opens next. */
export function firstPage(visit: Visit): Page {
  return pageOf("home", visit);
}

export function pageAfter(before: PageKind, visit: Visit): Page {
  const { kind } = visit.draw.weighted(NEXT[before]);
  const needsTeam = kind === "team" || kind === "note";
  return pageOf(needsTeam && visit.teams.length === 0 ? "articles" : kind, visit);
}

function pageOf(kind: PageKind, { user, teams, site, draw }: Visit): Page {
  switch (kind) {
    case "home": {
      const category = CATEGORIES[0] as string;
      const reads = [
        [MY_TEAMS_READ, ""],
        [MY_BOOKMARKS, ""],
        [ARTICLES_READ, category],
        [PROFILE, userId(user)],
      ] as const;
      return { kind, reads, write: null };
    }
    case "team": {
      const team = draw.pick(teams);
      const reads = [
        [TEAM, String(team)],
        [NOTES, String(team)],
      ] as const;
      return { kind, reads, write: { share: 0.15, change: (turn) => site.addNote(team, user, turn) } };
    }
    case "note": {
      const note = site.note(draw.pick(teams), draw);
      const reads = [[NOTE, String(note)]] as const;
      return { kind, reads, write: { share: 0.15, change: (turn) => site.editNote(note, turn) } };
    }
    case "articles":
      return { kind, reads: [[ARTICLES_READ, draw.pick(CATEGORIES)]], write: null };
    case "article": {
      const article = site.article(draw);
      const reads = [
        [ARTICLE, String(article)],
        [BOOKMARK, String(article)],
      ] as const;
      const change = (turn: number) => site.toggleBookmark(user, article, turn);
      return { kind, reads, write: { share: 0.15, change } };
    }
    case "bookmarks":
      return { kind, reads: [[MY_BOOKMARKS, ""]], write: null };
  }
}
