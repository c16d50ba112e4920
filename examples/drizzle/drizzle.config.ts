// For drizzle-kit, which is not installed here: `npm install --save-dev drizzle-kit`.

export default {
  dialect: "sqlite",
  driver: "d1-http",
  schema: "./src/schema.ts",
  out: "./migrations",
  // `drizzle-kit push` would drop tables that the schema does not have.
  tablesFilter: ["!tidemark_*"],
};
