import { afterEach, expect, it, vi } from "vitest";
import { onObjectStorage } from "../testing/storage.ts";
import { alarmOf } from "./object-storage.ts";

afterEach(() => vi.useRealTimers());

/** Far enough that none of a test's alarms rings by itself. */
const NOW = Date.now() + 86_400_000;

/** The alarm of an object at a moment of `NOW`, and when the platform says that it is set for; null: it is not. */
function alarmTest(
  test: (alarm: ReturnType<typeof alarmOf>, setFor: () => Promise<number | null>) => Promise<void>,
) {
  return onObjectStorage(async (storage) => {
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
    const setFor = async () => {
      const time = await storage.getAlarm();
      return time && time - NOW;
    };
    await test(alarmOf(storage, { read: 0, written: 0 }), setFor);
  });
}

it(
  "I4. the alarm is set to the earliest time that was asked for",
  alarmTest(async (alarm, setFor) => {
    const set: (number | null)[] = [];
    for (const time of [2_000, 3_000, 1_000]) {
      alarm.wakeAt(NOW + time);
      set.push(await setFor());
    }
    expect(set).toEqual([2_000, 2_000, 1_000]);
  }),
);

it.each<[string, number, boolean]>([
  ["one that has rung does not stand in for a later one, whatever the clock shows", -50_000, true],
  ["one whose time is over may have failed for good", 1_001, false],
])("I4. %s", async (_, shown, hasRung) => {
  await alarmTest(async (alarm, setFor) => {
    alarm.wakeAt(NOW + 1_000);
    expect(await setFor()).toBe(1_000);
    if (hasRung) {
      vi.setSystemTime(NOW + 1_000);
      alarm.rang();
    }
    vi.setSystemTime(NOW + shown);
    alarm.wakeAt(NOW + 3_000);
    expect(await setFor()).toBe(3_000);
  })();
});
