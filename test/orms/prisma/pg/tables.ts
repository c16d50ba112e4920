/** What `prisma migrate` makes of `schema.prisma`, and the rows of the tests. */
export const TABLES_PG: readonly string[] = [
  `CREATE TYPE "Role" AS ENUM ('READER', 'EDITOR')`,
  `CREATE TABLE "authors" (
    "id" SERIAL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'READER',
    "managerId" INTEGER REFERENCES "authors" ON DELETE SET NULL ON UPDATE CASCADE
  )`,
  `CREATE TABLE "profiles" (
    "id" SERIAL PRIMARY KEY,
    "bio" TEXT NOT NULL,
    "authorId" INTEGER NOT NULL REFERENCES "authors" ON DELETE CASCADE ON UPDATE CASCADE
  )`,
  `CREATE TABLE "posts" (
    "id" SERIAL PRIMARY KEY,
    "slug" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "views" BIGINT NOT NULL DEFAULT 0,
    "price" DECIMAL(65,30),
    "rating" DOUBLE PRECISION,
    "picture" BYTEA,
    "meta" JSONB,
    "published" BOOLEAN NOT NULL DEFAULT false,
    "at" TIMESTAMP(3) NOT NULL,
    "authorId" INTEGER NOT NULL REFERENCES "authors" ON DELETE CASCADE ON UPDATE CASCADE
  )`,
  `CREATE TABLE "tags" ("id" SERIAL PRIMARY KEY, "name" TEXT NOT NULL)`,
  `CREATE TABLE "_PostToTag" (
    "A" INTEGER NOT NULL REFERENCES "posts" ON DELETE CASCADE ON UPDATE CASCADE,
    "B" INTEGER NOT NULL REFERENCES "tags" ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY ("A", "B")
  )`,
  `CREATE UNIQUE INDEX "authors_email_key" ON "authors" ("email")`,
  `CREATE UNIQUE INDEX "profiles_authorId_key" ON "profiles" ("authorId")`,
  `CREATE UNIQUE INDEX "posts_language_slug_key" ON "posts" ("language", "slug")`,
  `CREATE UNIQUE INDEX "tags_name_key" ON "tags" ("name")`,
  `INSERT INTO authors (name, email, role, "managerId") VALUES
    ('Ann', 'ann@example.org', 'EDITOR', NULL), ('Ben', 'ben@example.org', 'READER', 1),
    ('Cem', 'cem@example.org', 'READER', 1)`,
  `INSERT INTO profiles (bio, "authorId") VALUES ('Writes.', 1)`,
  `INSERT INTO posts (slug, language, title, views, price, rating, picture, meta, published, at, "authorId") VALUES
    ('first', 'en', 'First', 10, 1.10, 4.5, '\\x00ff10', '{"a":[1,null]}', true, '2026-01-02 03:04:05.678', 1),
    ('second', 'en', 'Second', 0, 1, NULL, NULL, NULL, false, '2026-01-02', 1),
    ('third', 'fr', 'Third', 9007199254740991, NULL, -0.5, '', '"text"', true, '1970-01-01', 2)`,
  "INSERT INTO tags (name) VALUES ('sql'), ('cache'), ('unused')",
  'INSERT INTO "_PostToTag" VALUES (1, 1), (1, 2), (3, 1)',
];
