import { drizzle } from "drizzle-orm/d1";
import { BLOG, ROWS } from "../blog/d1.ts";
import { comparing } from "../comparing.ts";
import { passing } from "./d1-passing.ts";
import { reads } from "./d1-reads.ts";
import * as schema from "./d1-schema.ts";
import { writes } from "./d1-writes.ts";

export default comparing({
  statements: [...BLOG, ...ROWS],
  cases: { reads, passing, writes },
  connect: (database) => drizzle(database, { schema }),
});
