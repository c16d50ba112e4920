import type { Lifetime } from "./freshness.ts";

/** What is stored under a key. */
export interface Entry {
  /** The encoded value; `undefined` records that there is no such thing. */
  readonly text: string | undefined;
  readonly proof: Proof;
}

/** What any isolate needs to judge an entry. */
export interface Proof extends Lifetime {
  /** The isolate that loaded it, and the mark of that isolate's own fence when the load began. */
  readonly isolate: string;
  readonly mark: number;
  readonly tags: readonly string[];
  readonly note: Note;
}

/** What a load knew of invalidations in other isolates when it began. Plain JSON, stored with the entry. */
export type Note = readonly (string | number)[];

const FORMAT = "1";
const ABSENT = -1;

/** One line of metadata, then the value: `1[…]\n<text>`. The metadata include its length, to detect a torn write. */
export function encodeEntry({ text, proof }: Entry): string {
  const { startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note } = proof;
  const length = text?.length ?? ABSENT;
  // An array parses in half the time of an object.
  const header = JSON.stringify([startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note, length]);
  return `${FORMAT}${header}\n${text ?? ""}`;
}

/** The entry; `"invalid"` when the text is torn, foreign, or of another format. */
export function decodeEntry(raw: string | null | undefined): Entry | "absent" | "invalid" {
  if (raw === null || raw === undefined) return "absent";
  const end = raw.indexOf("\n");
  try {
    if (raw[0] === FORMAT) {
      const header: Header = JSON.parse(raw.slice(1, end));
      const [startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note, length] = header;
      const proof = { startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note };
      const text = raw.slice(end + 1);
      if (text.length === Math.max(0, length)) return { text: length === ABSENT ? undefined : text, proof };
    }
  } catch {
    // Torn within the metadata.
  }
  return "invalid";
}

type Header = [number, number, number, number, string, number, string[], Note, number];
