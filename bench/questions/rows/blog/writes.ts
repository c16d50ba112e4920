import type { DatabaseSync } from "node:sqlite";
import type { Draw } from "../../workload/trace/draw.ts";
import { type Blog, publishing, rewriting, type Statement, type Table } from "./schema.ts";

/** A transaction of one writer's. */
export interface Write {
  readonly name: string;
  readonly tables: readonly Table[];
  readonly statements: readonly Statement[];
  /** What somebody who forgets nothing invalidates after it. */
  readonly tags: readonly string[];
}

/** What a writer has to choose from. */
export interface Choices {
  readonly draw: Draw;
  readonly blog: Blog;
  /** A post that readers are likely to read. */
  readonly post: () => number;
  readonly turn: number;
}

interface Kind {
  readonly weight: number;
  readonly of: (choices: Choices) => Write;
}

/** Weights as of the blog of *What does it buy?*, with likes in place of its views. */
const KINDS: readonly Kind[] = [
  {
    weight: 41,
    of: ({ post, draw, turn }) => {
      const id = post();
      return {
        ...{ name: "comment", tables: ["comments"], tags: [`comments-${id}`] },
        statements: [
          {
            sql: "INSERT INTO comments (post_id, reader, body) VALUES (?, ?, ?)",
            values: [id, `reader${draw.below(500)}`, `Remark ${turn}`],
          },
        ],
      };
    },
  },
  {
    weight: 4,
    of: ({ post }) => {
      const id = post();
      return {
        ...{ name: "comment removed", tables: ["comments"], tags: [`comments-${id}`] },
        statements: [
          {
            sql: "DELETE FROM comments WHERE id = (SELECT max(id) FROM comments WHERE post_id = ?)",
            values: [id],
          },
        ],
      };
    },
  },
  {
    weight: 30,
    of: ({ post, turn }) => {
      const id = post();
      return {
        ...{ name: "like", tables: ["likes"], tags: [`likes-${id}`] },
        statements: [{ sql: "INSERT INTO likes VALUES (?, ?)", values: [id, `reader${turn}`] }],
      };
    },
  },
  {
    weight: 14,
    of: ({ blog: { bodies }, post, turn }) => {
      const id = post();
      return {
        ...{ name: "edit", tables: [bodies === "apart" ? "bodies" : "posts"], tags: [`body-${id}`] },
        statements: [rewriting(bodies, id, `Rewritten ${turn}`)],
      };
    },
  },
  {
    weight: 5,
    of: ({ post, turn }) => {
      const id = post();
      return {
        ...{ name: "title", tables: ["posts"], tags: [`title-${id}`] },
        statements: [{ sql: "UPDATE posts SET title = ? WHERE id = ?", values: [`Retitled ${turn}`, id] }],
      };
    },
  },
  {
    weight: 4,
    of: ({ blog: { authors, bodies }, draw, turn }) => {
      const author = draw.zipf(authors, 0.5);
      return {
        ...{ name: PUBLISHED, tables: bodies === "apart" ? ["posts", "bodies"] : ["posts"] },
        tags: ["front", `list-${author}`],
        statements: publishing(bodies, author, `New ${turn}`, "It goes out again."),
      };
    },
  },
  {
    weight: 2,
    of: ({ blog: { authors }, draw, turn }) => {
      const author = draw.zipf(authors, 0.5);
      return {
        ...{ name: "profile", tables: ["authors"], tags: [`bio-${author}`] },
        statements: [{ sql: "UPDATE authors SET bio = ? WHERE id = ?", values: [`Writes ${turn}`, author] }],
      };
    },
  },
];

/** The only write that makes another post. */
export const PUBLISHED = "publish";

export const drawWrite = (choices: Choices): Write => choices.draw.weighted(KINDS).of(choices);

export function apply(database: DatabaseSync, { statements }: Write): void {
  database.exec("BEGIN");
  for (const { sql, values } of statements) database.prepare(sql).run(...values);
  database.exec("COMMIT");
}
