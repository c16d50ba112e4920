import type { Note } from "../invalidation/invalidation-source.ts";
import type { Lifetime } from "./freshness.ts";

/** What is stored under a key. */
export interface Entry {
  /** The encoded value; `undefined` is the knowledge that there is no such thing. */
  readonly text: string | undefined;
  readonly proof: Proof;
}

/** What is needed to judge an entry in any isolate. */
export interface Proof extends Lifetime {
  /** Which isolate loaded it, and the position of that isolate's own fence when it began. */
  readonly isolate: string;
  readonly mark: number;
  readonly tags: readonly string[];
  /** What was known of invalidations made elsewhere when its load began. */
  readonly note: Note;
}

const FORMAT = "1";
const ABSENT = -1;

/** One line of metadata, then the value: `1[…]\n<text>`. Its length is in the metadata, so a torn write shows. */
export function encodeEntry({ text, proof }: Entry): string {
  const { startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note } = proof;
  const length = text?.length ?? ABSENT;
  // An array is read in half of the time that an object takes.
  const header = JSON.stringify([startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note, length]);
  return `${FORMAT}${header}\n${text ?? ""}`;
}

/** The entry; `"invalid"` when the text is none of ours: torn, foreign, or of another format. */
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
    // Torn in the middle of the metadata.
  }
  return "invalid";
}

type Header = [number, number, number, number, string, number, string[], Note, number];
