import { systemClock } from "../../runtime/clock.ts";
import type { Alarm, Sql, SqlValue } from "./ports.ts";

/** The SQLite of a Durable Object. */
export function sqlOf(storage: DurableObjectStorage): Sql {
  return {
    exec: <Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) =>
      storage.sql.exec<Row>(query, ...bindings).toArray(),
    transaction: (body) => storage.transactionSync(body),
  };
}

/** The one alarm of a Durable Object, set to the earliest time that was asked for. */
export function alarmOf(storage: DurableObjectStorage): Alarm {
  let wanted = Number.POSITIVE_INFINITY;
  return {
    wakeAt(time) {
      // An alarm in the past has fired or is about to, so it does not stand in for a later one.
      if (wanted <= time && wanted > systemClock.now()) return;
      wanted = time;
      storage.setAlarm(time);
    },
  };
}
