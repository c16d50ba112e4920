import { drizzle } from "drizzle-orm/node-postgres";
import { comparingPg } from "../comparing-pg.ts";
import { passing, reads } from "./pg-reads.ts";
import * as schema from "./pg-schema.ts";
import { writes } from "./pg-writes.ts";

export default comparingPg({ reads, passing, writes }, (pool) => drizzle(pool, { schema }));
