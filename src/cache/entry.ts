import type { Note } from "./witness.ts";

/** What is stored under a key: the encoded value, and what is needed to judge it in any isolate. */
export interface Entry {
  /** The encoded value; `undefined` is the knowledge that there is no such thing. */
  readonly text: string | undefined;
  /** When its load began, milliseconds since the epoch: what it says may be as old as that. */
  readonly startedAt: number;
  readonly ttlMs: number;
  /** After the time to live: how long it may be served while it is loaded anew. */
  readonly staleMs: number;
  /** After the time to live: how long it may be served when loading fails. */
  readonly errorMs: number;
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
export function encodeEntry(entry: Entry): string {
  const { text, startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note } = entry;
  const length = text?.length ?? ABSENT;
  const header = JSON.stringify([startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note, length]);
  return `${FORMAT}${header}\n${text ?? ""}`;
}

/** The entry, or `undefined` when the text is none of ours: torn, foreign, or of another format. */
export function decodeEntry(raw: string): Entry | undefined {
  const end = raw.indexOf("\n");
  if (raw[0] !== FORMAT || end < 0) return undefined;
  try {
    const header: Header = JSON.parse(raw.slice(1, end));
    const [startedAt, ttlMs, staleMs, errorMs, isolate, mark, tags, note, length] = header;
    const text = raw.slice(end + 1);
    if (text.length !== Math.max(0, length)) return undefined;
    return {
      text: length === ABSENT ? undefined : text,
      startedAt,
      ttlMs,
      staleMs,
      errorMs,
      isolate,
      mark,
      tags,
      note,
    };
  } catch {
    return undefined;
  }
}

type Header = [number, number, number, number, string, number, string[], Note, number];
