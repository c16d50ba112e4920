SELECT iif((SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'config' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND NOT (type = 'trigger' AND name GLOB 'tidemark_[ab][iud]_*') ORDER BY type, name)) IS 'table config CREATE TABLE config (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
)', 'as expected', json_extract('{}', 'tidemark: config is not as it was when this SQL was made. Run tidemark sql --d1 again')) AS "config";

SELECT iif((SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'posts' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND NOT (type = 'trigger' AND name GLOB 'tidemark_[ab][iud]_*') ORDER BY type, name)) IS 'table posts CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime(''%Y-%m-%dT%H:%M:%fZ'', ''now''))
)', 'as expected', json_extract('{}', 'tidemark: posts is not as it was when this SQL was made. Run tidemark sql --d1 again')) AS "posts";

SELECT iif((SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'users' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND NOT (type = 'trigger' AND name GLOB 'tidemark_[ab][iud]_*') ORDER BY type, name)) IS 'table users CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE
)', 'as expected', json_extract('{}', 'tidemark: users is not as it was when this SQL was made. Run tidemark sql --d1 again')) AS "users";

DROP TRIGGER IF EXISTS "tidemark_ad_config";

DROP TRIGGER IF EXISTS "tidemark_ad_posts";

DROP TRIGGER IF EXISTS "tidemark_ad_users";

DROP TRIGGER IF EXISTS "tidemark_ai_config";

DROP TRIGGER IF EXISTS "tidemark_ai_posts";

DROP TRIGGER IF EXISTS "tidemark_ai_users";

DROP TRIGGER IF EXISTS "tidemark_au_config";

DROP TRIGGER IF EXISTS "tidemark_au_posts";

DROP TRIGGER IF EXISTS "tidemark_au_users";

DROP TRIGGER IF EXISTS "tidemark_bi_config";

DROP TRIGGER IF EXISTS "tidemark_bi_posts";

DROP TRIGGER IF EXISTS "tidemark_bi_users";

DROP TRIGGER IF EXISTS "tidemark_bu_config";

DROP TRIGGER IF EXISTS "tidemark_bu_posts";

DROP TRIGGER IF EXISTS "tidemark_bu_users";

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

CREATE TRIGGER "tidemark_bi_config" BEFORE INSERT ON "config"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'config', json_object('name', iif(typeof(v."name") = 'text', iif(instr(v."name", char(0)) > 0, char(65533), substr(v."name", 1, 256)), iif(typeof(v."name") = 'blob', hex(substr(v."name", 1, 256)), iif(typeof(v."name") = 'real', printf('%!.17g', v."name"), v."name"))))
    FROM "config" AS v WHERE v."rowid" = NEW."rowid";
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'config', json_object('name', iif(typeof(v."name") = 'text', iif(instr(v."name", char(0)) > 0, char(65533), substr(v."name", 1, 256)), iif(typeof(v."name") = 'blob', hex(substr(v."name", 1, 256)), iif(typeof(v."name") = 'real', printf('%!.17g', v."name"), v."name"))))
    FROM "config" AS v WHERE v."name" COLLATE "BINARY" = NEW."name" AND (v."rowid" = NEW."rowid") IS NOT 1;
END;

CREATE TRIGGER "tidemark_bu_config" BEFORE UPDATE ON "config"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'config', json_object('name', iif(typeof(v."name") = 'text', iif(instr(v."name", char(0)) > 0, char(65533), substr(v."name", 1, 256)), iif(typeof(v."name") = 'blob', hex(substr(v."name", 1, 256)), iif(typeof(v."name") = 'real', printf('%!.17g', v."name"), v."name"))))
    FROM "config" AS v WHERE v."rowid" = NEW."rowid" AND NEW."rowid" <> OLD."rowid";
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'config', json_object('name', iif(typeof(v."name") = 'text', iif(instr(v."name", char(0)) > 0, char(65533), substr(v."name", 1, 256)), iif(typeof(v."name") = 'blob', hex(substr(v."name", 1, 256)), iif(typeof(v."name") = 'real', printf('%!.17g', v."name"), v."name"))))
    FROM "config" AS v WHERE v."name" COLLATE "BINARY" = NEW."name" AND NEW."name" COLLATE "BINARY" IS NOT OLD."name" AND v."rowid" <> OLD."rowid" AND (v."rowid" = NEW."rowid") IS NOT 1;
END;

CREATE TRIGGER "tidemark_ai_config" AFTER INSERT ON "config"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'config', json_object('name', iif(typeof(NEW."name") = 'text', iif(instr(NEW."name", char(0)) > 0, char(65533), substr(NEW."name", 1, 256)), iif(typeof(NEW."name") = 'blob', hex(substr(NEW."name", 1, 256)), iif(typeof(NEW."name") = 'real', printf('%!.17g', NEW."name"), NEW."name")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_au_config" AFTER UPDATE ON "config"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old, new) SELECT 'UPDATE', 'config', json_object('name', iif(typeof(OLD."name") = 'text', iif(instr(OLD."name", char(0)) > 0, char(65533), substr(OLD."name", 1, 256)), iif(typeof(OLD."name") = 'blob', hex(substr(OLD."name", 1, 256)), iif(typeof(OLD."name") = 'real', printf('%!.17g', OLD."name"), OLD."name")))), json_object('name', iif(typeof(NEW."name") = 'text', iif(instr(NEW."name", char(0)) > 0, char(65533), substr(NEW."name", 1, 256)), iif(typeof(NEW."name") = 'blob', hex(substr(NEW."name", 1, 256)), iif(typeof(NEW."name") = 'real', printf('%!.17g', NEW."name"), NEW."name"))))
    WHERE 1;
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_ad_config" AFTER DELETE ON "config"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) VALUES ('DELETE', 'config', json_object('name', iif(typeof(OLD."name") = 'text', iif(instr(OLD."name", char(0)) > 0, char(65533), substr(OLD."name", 1, 256)), iif(typeof(OLD."name") = 'blob', hex(substr(OLD."name", 1, 256)), iif(typeof(OLD."name") = 'real', printf('%!.17g', OLD."name"), OLD."name")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_bi_posts" BEFORE INSERT ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'posts', json_object('id', v."id", 'user_id', iif(typeof(v."user_id") = 'text', iif(instr(v."user_id", char(0)) > 0, char(65533), substr(v."user_id", 1, 256)), iif(typeof(v."user_id") = 'blob', hex(substr(v."user_id", 1, 256)), iif(typeof(v."user_id") = 'real', printf('%!.17g', v."user_id"), v."user_id"))))
    FROM "posts" AS v WHERE v."id" = NEW."id";
END;

CREATE TRIGGER "tidemark_bu_posts" BEFORE UPDATE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'posts', json_object('id', v."id", 'user_id', iif(typeof(v."user_id") = 'text', iif(instr(v."user_id", char(0)) > 0, char(65533), substr(v."user_id", 1, 256)), iif(typeof(v."user_id") = 'blob', hex(substr(v."user_id", 1, 256)), iif(typeof(v."user_id") = 'real', printf('%!.17g', v."user_id"), v."user_id"))))
    FROM "posts" AS v WHERE v."id" = NEW."id" AND NEW."id" <> OLD."id";
END;

CREATE TRIGGER "tidemark_ai_posts" AFTER INSERT ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'posts', json_object('id', NEW."id", 'user_id', iif(typeof(NEW."user_id") = 'text', iif(instr(NEW."user_id", char(0)) > 0, char(65533), substr(NEW."user_id", 1, 256)), iif(typeof(NEW."user_id") = 'blob', hex(substr(NEW."user_id", 1, 256)), iif(typeof(NEW."user_id") = 'real', printf('%!.17g', NEW."user_id"), NEW."user_id")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_au_posts" AFTER UPDATE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old, new) SELECT 'UPDATE', 'posts', json_object('id', OLD."id", 'user_id', iif(typeof(OLD."user_id") = 'text', iif(instr(OLD."user_id", char(0)) > 0, char(65533), substr(OLD."user_id", 1, 256)), iif(typeof(OLD."user_id") = 'blob', hex(substr(OLD."user_id", 1, 256)), iif(typeof(OLD."user_id") = 'real', printf('%!.17g', OLD."user_id"), OLD."user_id")))), json_object('id', NEW."id", 'user_id', iif(typeof(NEW."user_id") = 'text', iif(instr(NEW."user_id", char(0)) > 0, char(65533), substr(NEW."user_id", 1, 256)), iif(typeof(NEW."user_id") = 'blob', hex(substr(NEW."user_id", 1, 256)), iif(typeof(NEW."user_id") = 'real', printf('%!.17g', NEW."user_id"), NEW."user_id"))))
    WHERE 1;
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_ad_posts" AFTER DELETE ON "posts"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) VALUES ('DELETE', 'posts', json_object('id', OLD."id", 'user_id', iif(typeof(OLD."user_id") = 'text', iif(instr(OLD."user_id", char(0)) > 0, char(65533), substr(OLD."user_id", 1, 256)), iif(typeof(OLD."user_id") = 'blob', hex(substr(OLD."user_id", 1, 256)), iif(typeof(OLD."user_id") = 'real', printf('%!.17g', OLD."user_id"), OLD."user_id")))));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_bi_users" BEFORE INSERT ON "users"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'users', json_object('id', v."id")
    FROM "users" AS v WHERE v."id" = NEW."id";
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'users', json_object('id', v."id")
    FROM "users" AS v WHERE v."email" COLLATE "BINARY" = NEW."email" AND (v."id" = NEW."id") IS NOT 1;
END;

CREATE TRIGGER "tidemark_bu_users" BEFORE UPDATE ON "users"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'users', json_object('id', v."id")
    FROM "users" AS v WHERE v."id" = NEW."id" AND NEW."id" <> OLD."id";
  INSERT INTO tidemark_outbox (op, tbl, old) SELECT 'DELETE', 'users', json_object('id', v."id")
    FROM "users" AS v WHERE v."email" COLLATE "BINARY" = NEW."email" AND NEW."email" COLLATE "BINARY" IS NOT OLD."email" AND v."id" <> OLD."id" AND (v."id" = NEW."id") IS NOT 1;
END;

CREATE TRIGGER "tidemark_ai_users" AFTER INSERT ON "users"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, new) VALUES ('INSERT', 'users', json_object('id', NEW."id"));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_au_users" AFTER UPDATE ON "users"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old, new) SELECT 'UPDATE', 'users', json_object('id', OLD."id"), json_object('id', NEW."id")
    WHERE 1;
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

CREATE TRIGGER "tidemark_ad_users" AFTER DELETE ON "users"
BEGIN
  INSERT INTO tidemark_outbox (op, tbl, old) VALUES ('DELETE', 'users', json_object('id', OLD."id"));
  DELETE FROM tidemark_outbox WHERE id IN (SELECT id FROM tidemark_outbox
    WHERE id < (SELECT iif(last_insert_rowid() % 256 = 0, last_insert_rowid(), NULL))
      AND at < cast(unixepoch('subsec') * 1000 AS INTEGER) - 86400000 ORDER BY id LIMIT 1024);
END;

DELETE FROM tidemark_watched;

INSERT INTO tidemark_watched (tbl, columns, followed, quiet, coarse, installed) VALUES ('config', '["name","value"]', '["name"]', '[]', 0, (SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'config' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND 1 ORDER BY type, name)));

INSERT INTO tidemark_watched (tbl, columns, followed, quiet, coarse, installed) VALUES ('posts', '["id","user_id","title","created_at"]', '["id","user_id"]', '[]', 0, (SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'posts' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND 1 ORDER BY type, name)));

INSERT INTO tidemark_watched (tbl, columns, followed, quiet, coarse, installed) VALUES ('users', '["id","name","email"]', '["id"]', '[]', 0, (SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = 'users' COLLATE NOCASE AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND 1 ORDER BY type, name)));

INSERT INTO tidemark_outbox (op) VALUES ('FLUSH');
