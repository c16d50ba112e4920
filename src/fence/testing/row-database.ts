import type { RowMap } from "../../rows/row-map.ts";
import type { RowPageRequest, RowSource } from "../../rows/row-source.ts";
import type { VirtualClock } from "../../runtime/virtual-clock.ts";

export interface Post {
  readonly id: number;
  readonly author_id: number;
  readonly likes: number;
}

/** What an answer shows of posts: all, or which there are. */
export type Shows = "all" | "ids";

interface Told {
  readonly number: number;
  readonly at: number;
  readonly change: object;
}

const PAGE = 20;

/** A database of posts that tells of its changes as capture does, in virtual time: it can be restored, rebuilt and pruned. */
export class RowDatabase implements RowSource {
  posts = new Map<number, Post>();
  /** Each state that was committed, and since when. */
  readonly states: { readonly at: number; readonly posts: ReadonlyMap<number, Post> }[] = [];
  isDown = false;
  #outbox: Told[] = [];
  #last = 0;
  #pruned = 0;
  #history = 1;
  #version = 1;
  /** Its triggers are there. */
  #isWhole = true;
  #followsAuthors = true;
  readonly #clock: VirtualClock;
  readonly #hop: () => number;
  #backup:
    | { readonly posts: ReadonlyMap<number, Post>; readonly outbox: readonly Told[]; readonly last: number }
    | undefined;

  constructor(clock: VirtualClock, hop: () => number = () => 0) {
    this.#clock = clock;
    this.#hop = hop;
    this.#committed();
  }

  /** Posts by an author, as they were at some moment from this one on. What is committed at that very moment may be in it. */
  possible(author: number, since: number, shows: Shows = "all"): readonly string[] {
    const first = this.states.findLastIndex(({ at }) => at < since);
    return this.states.slice(Math.max(0, first)).map(({ posts }) => answer(posts, author, shows));
  }

  answer(author: number, shows: Shows = "all"): string {
    return answer(this.posts, author, shows);
  }

  put(post: Post): void {
    const old = this.posts.get(post.id);
    this.posts.set(post.id, post);
    this.#tell({
      type: old ? "UPDATE" : "INSERT",
      record: this.#told(post),
      ...(old && { old_record: this.#told(old) }),
    });
    this.#committed();
  }

  delete(id: number): void {
    const old = this.posts.get(id);
    if (old === undefined) return;
    this.posts.delete(id);
    this.#tell({ type: "DELETE", old_record: this.#told(old) });
    this.#committed();
  }

  truncate(): void {
    this.posts.clear();
    this.#tell({ type: "TRUNCATE" });
    this.#committed();
  }

  /** A migration tool makes the table anew: its triggers are gone. */
  rebuild(): void {
    this.#isWhole = false;
    this.#version++;
  }

  /** Another migration: posts are told apart by their authors, or not any more. */
  refollow(): void {
    this.#followsAuthors = !this.#followsAuthors;
    this.#version++;
  }

  install(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    this.#version++;
    this.#tell({ type: "FLUSH" });
  }

  backUp(): void {
    this.#backup = { posts: new Map(this.posts), outbox: [...this.#outbox], last: this.#last };
  }

  /** Time Travel. */
  restore(): void {
    if (this.#backup === undefined) return;
    const { posts, outbox, last } = this.#backup;
    this.posts = new Map(posts);
    this.#outbox = [...outbox];
    this.#last = last;
    this.#history++;
    this.#committed();
  }

  async followed() {
    await this.#travel();
    const table = {
      columns: ["id", "author_id", "likes"],
      followed: this.#followsAuthors ? ["id", "author_id"] : ["id"],
    };
    const map: RowMap = {
      tables: this.#isWhole ? { "main.posts": table } : {},
      unwatched: this.#isWhole ? [] : ["main.posts"],
      ...{ views: {}, schemas: ["main"] },
    };
    const answered = { version: this.#version, map };
    await this.#travel();
    return answered;
  }

  async changes({ since, upto, after }: RowPageRequest): Promise<string> {
    await this.#travel();
    const from = Number(after ?? since ?? this.#last);
    const end = Number(upto ?? this.#last);
    const due = this.#outbox.filter(({ number }) => number > from && number <= end);
    const page = due.slice(0, PAGE);
    const text = JSON.stringify({
      ...{
        incarnation: String(this.#history),
        started: "",
        schemaVersion: this.#version,
        snapshot: String(end),
      },
      ...{
        flush: from < this.#pruned,
        changes: page.map(({ change, at }) => ({ ...change, writtenAt: at })),
      },
      ...{
        now: this.#clock.now(),
        last: page.at(-1)?.number ?? null,
        more: due.length > PAGE,
        prunedAt: this.#clock.now(),
      },
    });
    await this.#travel();
    return text;
  }

  async prune(): Promise<void> {
    const kept = this.#outbox.filter(({ at }) => at > this.#clock.now() - 5_000);
    this.#pruned = Math.max(this.#pruned, (kept[0]?.number ?? this.#last + 1) - 1);
    this.#outbox = kept;
  }

  async #travel(): Promise<void> {
    const milliseconds = this.#hop();
    if (milliseconds > 0) await this.#clock.sleep(milliseconds);
    if (this.isDown) throw new Error("the database is down");
  }

  #told({ id, author_id }: Post): object {
    return this.#followsAuthors ? { id, author_id } : { id };
  }

  #tell(change: object): void {
    if (!this.#isWhole) return;
    this.#outbox.push({
      number: ++this.#last,
      at: this.#clock.now(),
      change: { schema: "main", table: "posts", ...change },
    });
  }

  #committed(): void {
    this.states.push({ at: this.#clock.now(), posts: new Map(this.posts) });
  }
}

function answer(posts: ReadonlyMap<number, Post>, author: number, shows: Shows): string {
  const own = [...posts.values()].filter((post) => post.author_id === author);
  return JSON.stringify(shows === "all" ? own : own.map(({ id }) => id));
}
