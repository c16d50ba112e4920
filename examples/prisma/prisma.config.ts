// For Prisma's own commands, which are not installed here: `npm install --save-dev prisma`.

export default {
  schema: "prisma/schema.prisma",
  // `prisma db pull` and `migrate` leave tables alone that are not theirs.
  experimental: { externalTables: true },
  tables: { external: ["tidemark_outbox", "tidemark_state", "tidemark_watched"] },
};
