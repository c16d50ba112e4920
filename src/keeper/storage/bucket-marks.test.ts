import fc from "fast-check";
import { expect, it } from "vitest";
import { UNWATCHED_BUCKET } from "../protocol/names.ts";
import { BucketMarks } from "./bucket-marks.ts";

it("P8. tells of each bucket that was raised since a mark, once and with its last mark", () => {
  const raises = fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { maxLength: 40 });
  fc.assert(
    fc.property(raises, fc.integer({ min: -1, max: 45 }), (ingests, since) => {
      const marks = new BucketMarks();
      const last = new Map<number, number>();
      ingests.forEach((buckets, at) => {
        for (const bucket of new Set(buckets)) {
          marks.raise(bucket, at + 1);
          last.set(bucket, at + 1);
        }
      });
      const delta = marks.since(since);
      const told = delta.map(({ bucket, mark }) => [bucket, mark] as const);
      expect(told).toHaveLength(new Map(told).size);
      expect(new Map(told)).toEqual(new Map([...last].filter(([, mark]) => mark > since)));
      for (let bucket = 0; bucket < 6; bucket++) expect(marks.get(bucket)).toBe(last.get(bucket) ?? 0);
    }),
  );
});

it("I11. remembers no more than there are buckets, however often they are raised", () => {
  const marks = new BucketMarks();
  for (let mark = 1; mark <= 5 * UNWATCHED_BUCKET; mark++) marks.raise(mark % 3, mark);
  const delta = marks.since(-1);
  expect(delta).toHaveLength(3);
  for (let bucket = 0; bucket < UNWATCHED_BUCKET; bucket++) marks.raise(bucket, 6 * UNWATCHED_BUCKET);
  expect(marks.since(-1)).toHaveLength(UNWATCHED_BUCKET);
});
