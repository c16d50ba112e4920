import { Kysely } from "kysely";
import { D1Dialect } from "kysely-d1";
import { BLOG, ROWS } from "../blog/d1.ts";
import { comparing } from "../comparing.ts";
import { type Database, passing, reads } from "./d1-reads.ts";
import { writes } from "./d1-writes.ts";

export default comparing({
  statements: [...BLOG, ...ROWS],
  cases: { reads, passing, writes },
  connect: (database) => new Kysely<Database>({ dialect: new D1Dialect({ database }) }),
});
