import { systemClock } from "../../runtime/clock.ts";
import type { Alarm, RowsUsed, Sql, SqlValue } from "./ports.ts";

/** The SQLite of a Durable Object. */
export function sqlOf(storage: DurableObjectStorage): Sql & { readonly rows: RowsUsed } {
  const rows: RowsUsed = { read: 0, written: 0 };
  return {
    exec: <Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) => {
      const cursor = storage.sql.exec<Row>(query, ...bindings);
      const found = cursor.toArray();
      rows.read += cursor.rowsRead;
      rows.written += cursor.rowsWritten;
      return found;
    },
    transaction: (body) => storage.transactionSync(body),
    rows,
  };
}

/** An alarm of which the object says when it has rung. */
interface RingingAlarm extends Alarm {
  /** None is set any more. A clock does not tell: once set back, it shows a time before an alarm that has rung. */
  rang(): void;
}

/**
 * The one alarm of a Durable Object, set to the earliest time that was asked for.
 *
 * @param rows setting an alarm is billed as a row written
 */
export function alarmOf(storage: DurableObjectStorage, rows: RowsUsed): RingingAlarm {
  let wanted = Number.POSITIVE_INFINITY;
  return {
    rang() {
      wanted = Number.POSITIVE_INFINITY;
    },
    wakeAt(time) {
      // One in the past may have failed for good, so it does not stand in for a later one.
      if (wanted <= time && wanted > systemClock.now()) return;
      wanted = time;
      rows.written++;
      storage.setAlarm(time);
    },
  };
}
