import type { D1Column } from "./schema.ts";

/** The declared types whose values compare as `coarse` does (R4). Any other may mean what its owner's code makes of it. */
const TYPES = new Set(
  [
    "int integer tinyint smallint mediumint bigint int2 int4 int8",
    "numeric decimal real double float",
    "text varchar char character nchar nvarchar clob",
    "uuid boolean bool blob",
  ].flatMap((line) => line.split(" ")),
);

const OF_TWO_WORDS = new Set([
  "unsigned big int",
  "double precision",
  "varying character",
  "native character",
]);

/** Whether the values of a column of this type may be told apart. */
export function isFollowable({ type }: D1Column): boolean {
  const plain = type
    .toLowerCase()
    .replace(/\([\d\s,]*\)/, " ")
    .trim()
    .replace(/\s+/g, " ");
  return TYPES.has(plain) || OF_TWO_WORDS.has(plain);
}
