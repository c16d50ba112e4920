import { PrismaD1 } from "@prisma/adapter-d1";
import { cachedPrisma } from "../../../../src/drivers/prisma/prisma.ts";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { TABLES } from "../../prisma/tables.ts";
import { comparing } from "../comparing.ts";
import { passing, reads } from "./d1-reads.ts";
import { writes } from "./d1-writes.ts";

const ROWS = [
  `INSERT INTO authors (id, name, email, role, managerId) VALUES
    (1, 'Ann', 'ann@example.org', 'EDITOR', NULL), (2, 'Ben', 'ben@example.org', 'READER', 1),
    (3, 'Cem', 'cem@example.org', 'READER', 1)`,
  "INSERT INTO profiles (id, bio, authorId) VALUES (1, 'Writes.', 1)",
  `INSERT INTO posts (id, slug, language, title, views, price, rating, picture, meta, published, at, authorId) VALUES
    (1, 'first', 'en', 'First', 10, 1.10, 4.5, X'00FF10', '{"a":[1,null]}', 1, '2026-01-02T03:04:05.678+00:00', 1),
    (2, 'second', 'en', 'Second', 0, 1, NULL, NULL, NULL, 0, '2026-01-02T00:00:00.000+00:00', 1),
    (3, 'third', 'fr', 'Third', 9007199254740991, NULL, -0.5, X'', '"text"', 1, '1970-01-01T00:00:00.000+00:00', 2)`,
  "INSERT INTO tags (id, name) VALUES (1, 'sql'), (2, 'cache'), (3, 'unused')",
  "INSERT INTO _PostToTag (A, B) VALUES (1, 1), (1, 2), (3, 1)",
];

const connect = (database: D1Database) => new PrismaClient({ adapter: new PrismaD1(database) });

export default comparing({
  statements: [...TABLES, ...ROWS],
  cases: { reads, passing, writes },
  connect,
  // All reads are left to the driver, but it alone would not see transactions: D1 has none.
  connectCached: ({ db, cache }) => {
    const { database, extension } = cachedPrisma(db, cache, { withoutStrategy: "driver" });
    return connect(database).$extends(extension) as unknown as PrismaClient;
  },
});
