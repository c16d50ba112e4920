/** What `prisma migrate` makes of `schema.prisma`. */
export const TABLES: readonly string[] = [
  `CREATE TABLE "authors" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'READER',
    "managerId" INTEGER,
    CONSTRAINT "authors_managerId_fkey" FOREIGN KEY ("managerId") REFERENCES "authors" ("id") ON DELETE SET NULL ON UPDATE CASCADE
  )`,
  `CREATE TABLE "profiles" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "bio" TEXT NOT NULL,
    "authorId" INTEGER NOT NULL,
    CONSTRAINT "profiles_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "authors" ("id") ON DELETE CASCADE ON UPDATE CASCADE
  )`,
  `CREATE TABLE "posts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "slug" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "views" BIGINT NOT NULL DEFAULT 0,
    "price" DECIMAL,
    "rating" REAL,
    "picture" BLOB,
    "meta" JSONB,
    "published" BOOLEAN NOT NULL DEFAULT false,
    "at" DATETIME NOT NULL,
    "authorId" INTEGER NOT NULL,
    CONSTRAINT "posts_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "authors" ("id") ON DELETE CASCADE ON UPDATE CASCADE
  )`,
  `CREATE TABLE "tags" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL
  )`,
  `CREATE TABLE "_PostToTag" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,
    CONSTRAINT "_PostToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "posts" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "_PostToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "tags" ("id") ON DELETE CASCADE ON UPDATE CASCADE
  )`,
  `CREATE UNIQUE INDEX "authors_email_key" ON "authors" ("email")`,
  `CREATE UNIQUE INDEX "profiles_authorId_key" ON "profiles" ("authorId")`,
  `CREATE UNIQUE INDEX "posts_language_slug_key" ON "posts" ("language", "slug")`,
  `CREATE UNIQUE INDEX "tags_name_key" ON "tags" ("name")`,
  `CREATE UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag" ("A", "B")`,
  `CREATE INDEX "_PostToTag_B_index" ON "_PostToTag" ("B")`,
];
