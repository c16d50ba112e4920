import { afterEach, expect, it, vi } from "vitest";
import { alarmOf } from "./object-storage.ts";

afterEach(() => vi.useRealTimers());

function started() {
  const set: number[] = [];
  const storage = { setAlarm: async (time: number) => void set.push(time) };
  const alarm = alarmOf(storage as never, { read: 0, written: 0 });
  return { set, alarm };
}

it("I4. the alarm is set to the earliest time that was asked for", () => {
  vi.useFakeTimers({ now: 0 });
  const { set, alarm } = started();
  for (const time of [2_000, 3_000, 1_000]) alarm.wakeAt(time);
  expect(set).toEqual([2_000, 1_000]);
});

it("I4. one that has rung does not stand in for a later one, whatever the clock shows", () => {
  vi.useFakeTimers({ now: 0 });
  const { set, alarm } = started();
  alarm.wakeAt(1_000);
  vi.setSystemTime(1_000);
  alarm.rang();
  vi.setSystemTime(-50_000);
  alarm.wakeAt(3_000);
  expect(set).toEqual([1_000, 3_000]);
});

it("I4. one whose time is over may have failed for good", () => {
  vi.useFakeTimers({ now: 0 });
  const { set, alarm } = started();
  alarm.wakeAt(1_000);
  vi.setSystemTime(1_001);
  alarm.wakeAt(3_000);
  expect(set).toEqual([1_000, 3_000]);
});
