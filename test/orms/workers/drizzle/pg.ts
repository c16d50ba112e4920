import { drizzle } from "drizzle-orm/node-postgres";
import { comparingPg } from "../comparing-pg.ts";
import { cases } from "./pg-cases.ts";
import * as schema from "./pg-schema.ts";

export default comparingPg(cases, (pool) => drizzle(pool, { schema }));
