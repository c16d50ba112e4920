import { EventQueue } from "../../../../testing/time/event-queue.ts";
import { Draw } from "../../workload/trace/draw.ts";
import type { Arrival, Query, Session, Trace } from "../../workload/trace/trace.ts";
import { CATEGORIES, userId } from "../database/schema.ts";
import { firstPage, type Page, pageAfter } from "./pages.ts";
import type { AppRead } from "./reads.ts";
import { type Commit, Site } from "./site.ts";
import { tokenOf } from "./token.ts";

export interface SessionsOptions {
  /** The first so many of the database's users are there. */
  readonly users: number;
  readonly seconds: number;
  /** Half are in one place, half in the other. */
  readonly isolates: number;
  readonly seed: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** From the end of a session to the user's next one, on average. */
const AWAY_MS = 40 * MINUTE_MS;
const LEAST_PAGES = 5;
const MOST_PAGES = 20;
/** A page is looked at for at least the first, on average for both together. */
const LEAST_LOOK_MS = 2_000;
const LOOK_MS = 23_000;

/** As supabase-js: a token lasts an hour, and is replaced when less than this is left. */
const REFRESH_MS = 90_000;

/** A page's write comes after this, and then the page is read again. */
const THINKING_MS = 3_000;
const SAVED_MS = 300;

/** What happens anywhere, a second and for each of 500 users. */
const ELSEWHERE = [
  { aMinute: 1, change: (site: Site, draw: Draw) => site.changeMembership(draw) },
  { aMinute: 0.5, change: (site: Site, draw: Draw, turn: number) => site.renameUser(draw, turn) },
  { aMinute: 0.5, change: (site: Site, draw: Draw, turn: number) => site.editArticle(draw, turn) },
  {
    aMinute: 0.1,
    change: (site: Site, draw: Draw, turn: number) => site.publishArticle(draw.pick(CATEGORIES), turn),
  },
] as const;
const ELSEWHERE_USERS = 500;

/** Users who come, read some pages, change something now and then, and leave, for hours. */
export function sessionsTrace(options: SessionsOptions): Trace {
  return new Sessions(options).trace();
}

class Sessions {
  readonly #options: SessionsOptions;
  readonly #draw: Draw;
  readonly #site: Site;
  readonly #events = new EventQueue();
  readonly #queries = new Map<string, Query>();
  readonly #arrivals: Arrival[] = [];
  readonly #tokens = new Map<number, Session>();
  #turn = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#draw = new Draw(options.seed);
    this.#site = new Site(options.users);
  }

  trace(): Trace {
    const { users, seconds } = this.#options;
    const draw = this.#draw;
    for (let user = 1; user <= users; user++) {
      this.#tokens.set(user, this.#issued(user, draw.unit() * HOUR_MS - HOUR_MS));
      const at = draw.unit() * AWAY_MS;
      this.#events.add(at, () => this.#open(user, at));
    }
    for (const { aMinute, change } of ELSEWHERE) {
      const perSecond = ((aMinute / 60) * users) / ELSEWHERE_USERS;
      const happen = (at: number) => {
        this.#commit(at, change(this.#site, draw, this.#turn));
        const next = at + draw.gap(perSecond);
        this.#events.add(next, () => happen(next));
      };
      const first = draw.gap(perSecond);
      this.#events.add(first, () => happen(first));
    }
    for (let next = this.#events.next; next !== undefined && next < seconds * 1_000; next = this.#events.next)
      this.#events.take()?.();
    return { arrivals: this.#arrivals.sort((a, b) => a.at - b.at), queries: [...this.#queries.values()] };
  }

  #open(user: number, at: number): void {
    const pages = LEAST_PAGES + this.#draw.below(MOST_PAGES - LEAST_PAGES + 1);
    this.#show(user, at, null, this.#site.teamsOf(user), pages);
  }

  /** @param teams those that the user's screen shows: a membership may have ended since */
  #show(user: number, at: number, before: Page["kind"] | null, teams: readonly number[], left: number): void {
    const draw = this.#draw;
    if (left === 0) {
      const next = at + draw.gap(1_000 / AWAY_MS);
      this.#events.add(next, () => this.#open(user, next));
      return;
    }
    const visit = { user, teams, site: this.#site, draw };
    const page = before === null ? firstPage(visit) : pageAfter(before, visit);
    const isolate = this.#isolateOf(user);
    this.#read(user, at, page.reads, isolate);
    const seen = page.kind === "home" ? this.#site.teamsOf(user) : teams;
    let then = at + LEAST_LOOK_MS + draw.gap(1_000 / LOOK_MS);
    if (page.write !== null && draw.unit() < page.write.share) {
      const written = at + THINKING_MS;
      const { change } = page.write;
      this.#events.add(written, () => {
        this.#commit(written, change(this.#turn));
        this.#read(user, written + SAVED_MS, page.reads, isolate);
      });
      then += THINKING_MS;
    }
    this.#events.add(then, () => this.#show(user, then, page.kind, seen, left - 1));
  }

  #read(user: number, at: number, reads: Page["reads"], isolate: number): void {
    const session = this.#session(user, at);
    for (const [read, of] of reads) {
      const query = this.#query(read, session.user, of, at);
      this.#arrivals.push({ kind: "read", at, query, isolate, client: user, session });
    }
  }

  #query(read: AppRead, user: string, of: string, at: number): Query {
    const value = read.shared ? of : `${user}/${of}`;
    const name = `${read.name} ${value}`;
    let query = this.#queries.get(name);
    if (query === undefined) {
      const [id, path] = [this.#queries.size, read.path(of)];
      query = {
        id,
        shape: read,
        value,
        path,
        tags: [],
        user: read.shared ? null : user,
        firstRead: at,
        lastRead: at,
      };
      this.#queries.set(name, query);
    }
    query.lastRead = Math.max(query.lastRead, at);
    return query;
  }

  #commit(at: number, commit: Commit): void {
    this.#turn++;
    this.#arrivals.push({ kind: "write", at, ...commit, tags: [] });
  }

  /** Half of the users are in each place, and any isolate there may get a page. */
  #isolateOf(user: number): number {
    const { isolates } = this.#options;
    return (user % 2) + 2 * this.#draw.below(isolates / 2);
  }

  #session(user: number, at: number): Session {
    const held = this.#tokens.get(user);
    if (held !== undefined && held.expiresAt - at >= REFRESH_MS) return held;
    const issued = this.#issued(user, at);
    this.#tokens.set(user, issued);
    return issued;
  }

  #issued(user: number, at: number): Session {
    const expiresAt = Math.round(at) + HOUR_MS;
    return { user: userId(user), token: tokenOf(userId(user), expiresAt), expiresAt };
  }
}
