SELECT iif((SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'authors' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND NOT (type = 'trigger' AND name GLOB 'tidemark_[ab][iud]_*') ORDER BY type, name)) IS 'table authors CREATE TABLE "authors" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL
)', 'as expected', json_extract('{}', 'tidemark: authors is not as it was when this SQL was made. Run tidemark sql --d1 again')) AS "authors";

SELECT iif((SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'posts' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND NOT (type = 'trigger' AND name GLOB 'tidemark_[ab][iud]_*') ORDER BY type, name)) IS 'index posts_author_id_idx CREATE INDEX "posts_author_id_idx" ON "posts"("author_id")
table posts CREATE TABLE "posts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "published" BOOLEAN NOT NULL DEFAULT false,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "author_id" INTEGER NOT NULL,
    CONSTRAINT "posts_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "authors" ("id") ON DELETE CASCADE ON UPDATE CASCADE
)', 'as expected', json_extract('{}', 'tidemark: posts is not as it was when this SQL was made. Run tidemark sql --d1 again')) AS "posts";

DROP TRIGGER IF EXISTS "tidemark_ad_authors";

DROP TRIGGER IF EXISTS "tidemark_ad_posts";

DROP TRIGGER IF EXISTS "tidemark_ai_authors";

DROP TRIGGER IF EXISTS "tidemark_ai_posts";

DROP TRIGGER IF EXISTS "tidemark_au_authors";

DROP TRIGGER IF EXISTS "tidemark_au_posts";

DROP TRIGGER IF EXISTS "tidemark_bi_authors";

DROP TRIGGER IF EXISTS "tidemark_bi_posts";

DROP TRIGGER IF EXISTS "tidemark_bu_authors";

DROP TRIGGER IF EXISTS "tidemark_bu_posts";

CREATE TABLE IF NOT EXISTS tidemark_outbox (
  id INTEGER PRIMARY KEY,
  at INTEGER DEFAULT (cast(unixepoch('subsec') * 1000 AS INTEGER)),
  nonce BLOB DEFAULT (randomblob(8)),
  op TEXT,
  tbl TEXT,
  old TEXT,
  new TEXT,
  mark INTEGER
);

CREATE TABLE IF NOT EXISTS tidemark_state (
  id INTEGER PRIMARY KEY,
  format INTEGER,
  incarnation TEXT,
  installation TEXT,
  asked TEXT,
  pruned_at INTEGER,
  seen TEXT,
  version INTEGER
);

CREATE TABLE IF NOT EXISTS tidemark_watched (
  tbl TEXT PRIMARY KEY,
  columns TEXT,
  followed TEXT,
  quiet TEXT,
  coarse INTEGER,
  installed TEXT
);

INSERT INTO tidemark_state (id, format, incarnation) VALUES (1, 1, lower(hex(randomblob(16)))) ON CONFLICT (id) DO UPDATE SET format = 1;

UPDATE tidemark_state SET installation = lower(hex(randomblob(16))), asked = NULL;

CREATE TRIGGER "tidemark_bi_authors" BEFORE INSERT ON "authors"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'authors', json_object('id', v."id")
    FROM "authors" AS v WHERE v."id" = NEW."id";
END;

CREATE TRIGGER "tidemark_bu_authors" BEFORE UPDATE ON "authors"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'authors', json_object('id', v."id")
    FROM "authors" AS v WHERE v."id" = NEW."id" AND NEW."id" <> OLD."id";
END;

CREATE TRIGGER "tidemark_ai_authors" AFTER INSERT ON "authors"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'authors', json_object('id', NEW."id"));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_au_authors" AFTER UPDATE ON "authors"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old, new) SELECT 'UPDATE', 'authors', json_object('id', OLD."id"), json_object('id', NEW."id")
    WHERE 1;
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_ad_authors" AFTER DELETE ON "authors"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) VALUES ('DELETE', 'authors', json_object('id', OLD."id"));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_bi_posts" BEFORE INSERT ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'posts', json_object('id', v."id", 'author_id', iif(typeof(v."author_id") = 'text', iif(instr(v."author_id", char(0)) > 0, char(65533), substr(v."author_id", 1, 256)), iif(typeof(v."author_id") = 'blob', hex(substr(v."author_id", 1, 256)), iif(typeof(v."author_id") = 'real', printf('%!.17g', v."author_id"), v."author_id"))))
    FROM "posts" AS v WHERE v."id" = NEW."id";
END;

CREATE TRIGGER "tidemark_bu_posts" BEFORE UPDATE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'posts', json_object('id', v."id", 'author_id', iif(typeof(v."author_id") = 'text', iif(instr(v."author_id", char(0)) > 0, char(65533), substr(v."author_id", 1, 256)), iif(typeof(v."author_id") = 'blob', hex(substr(v."author_id", 1, 256)), iif(typeof(v."author_id") = 'real', printf('%!.17g', v."author_id"), v."author_id"))))
    FROM "posts" AS v WHERE v."id" = NEW."id" AND NEW."id" <> OLD."id";
END;

CREATE TRIGGER "tidemark_ai_posts" AFTER INSERT ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'posts', json_object('id', NEW."id", 'author_id', iif(typeof(NEW."author_id") = 'text', iif(instr(NEW."author_id", char(0)) > 0, char(65533), substr(NEW."author_id", 1, 256)), iif(typeof(NEW."author_id") = 'blob', hex(substr(NEW."author_id", 1, 256)), iif(typeof(NEW."author_id") = 'real', printf('%!.17g', NEW."author_id"), NEW."author_id")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_au_posts" AFTER UPDATE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old, new) SELECT 'UPDATE', 'posts', json_object('id', OLD."id", 'author_id', iif(typeof(OLD."author_id") = 'text', iif(instr(OLD."author_id", char(0)) > 0, char(65533), substr(OLD."author_id", 1, 256)), iif(typeof(OLD."author_id") = 'blob', hex(substr(OLD."author_id", 1, 256)), iif(typeof(OLD."author_id") = 'real', printf('%!.17g', OLD."author_id"), OLD."author_id")))), json_object('id', NEW."id", 'author_id', iif(typeof(NEW."author_id") = 'text', iif(instr(NEW."author_id", char(0)) > 0, char(65533), substr(NEW."author_id", 1, 256)), iif(typeof(NEW."author_id") = 'blob', hex(substr(NEW."author_id", 1, 256)), iif(typeof(NEW."author_id") = 'real', printf('%!.17g', NEW."author_id"), NEW."author_id"))))
    WHERE 1;
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_ad_posts" AFTER DELETE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) VALUES ('DELETE', 'posts', json_object('id', OLD."id", 'author_id', iif(typeof(OLD."author_id") = 'text', iif(instr(OLD."author_id", char(0)) > 0, char(65533), substr(OLD."author_id", 1, 256)), iif(typeof(OLD."author_id") = 'blob', hex(substr(OLD."author_id", 1, 256)), iif(typeof(OLD."author_id") = 'real', printf('%!.17g', OLD."author_id"), OLD."author_id")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

DELETE FROM tidemark_watched;

INSERT INTO tidemark_watched (tbl, columns, followed, quiet, coarse, installed) VALUES ('authors', '["id","name"]', '["id"]', '[]', 0, (SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'authors' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND 1 ORDER BY type, name)));

INSERT INTO tidemark_watched (tbl, columns, followed, quiet, coarse, installed) VALUES ('posts', '["id","title","body","published","created_at","author_id"]', '["id","author_id"]', '[]', 0, (SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'posts' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND 1 ORDER BY type, name)));

INSERT INTO tidemark_outbox (op) VALUES ('FLUSH');
