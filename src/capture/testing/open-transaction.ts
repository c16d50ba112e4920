import type { Sql, TransactionSql } from "postgres";

/** A transaction that has written `id` to `items` and stays open until it is told to end. */
export async function openTransaction(
  sql: Sql,
  id: number,
  body: (tx: TransactionSql) => Promise<unknown> = async () => {},
) {
  const ends = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const done = sql
    .begin(async (tx) => {
      await tx`insert into items values (${id})`;
      await body(tx);
      open.resolve();
      await ends.promise;
    })
    .catch((error) => {
      open.reject(error);
      if (error !== "rolled back") throw error;
    });
  await open.promise;
  return {
    commit: async () => {
      ends.resolve();
      await done;
    },
    rollBack: async () => {
      ends.reject("rolled back");
      await done;
    },
  };
}
