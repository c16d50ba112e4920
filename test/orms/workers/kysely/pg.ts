import { Kysely, PostgresDialect } from "kysely";
import { comparingPg } from "../comparing-pg.ts";
import { cases, type Database } from "./pg-cases.ts";

export default comparingPg(cases, (pool) => new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }));
