import { edit, type Mutation } from "../mutation.ts";

const STALE = "src/gateway/reader/stale-while-revalidate.ts";
const HANDLER = "src/gateway/read/read-handler.ts";
const MISS = "src/gateway/reader/miss-path.ts";
const FILLS = "src/gateway/reader/keeper-fills.ts";
const COLO = "src/gateway/reader/colo/colo-cache.ts";
const ENTRY = "src/gateway/reader/colo/colo-entry.ts";

/** Mutations of what is given while it is revalidated (L2), and of the data centre's cache. */
export const TIER_MUTATIONS: readonly Mutation[] = [
  {
    name: "L2. served beyond the sum",
    edits: [
      edit(
        STALE,
        "const oldest = read.need - read.staleWhileRevalidateMs;",
        "const oldest = read.need - 2 * read.staleWhileRevalidateMs;",
      ),
    ],
  },
  {
    name: "L2. served though the fence refuses it",
    edits: [edit(STALE, "if (!fence.accepts(held)) return null;", "")],
  },
  {
    name: "L2. served by a fence older than the sum",
    edits: [edit(STALE, "if (fence.asOf < oldest) return null;", "")],
  },
  {
    name: "L2. served whatever the reader's token",
    edits: [edit(STALE, "{ ...read, need: oldest }, true)", "{ ...read, need: oldest, token: null }, true)")],
  },
  {
    name: "L2. the age is that of a younger moment",
    edits: [edit(STALE, "const asOf = Math.max(held.provenAt, fence.asOf);", "const asOf = read.start;")],
  },
  {
    name: "L2. served to who asks for less",
    edits: [
      edit(
        HANDLER,
        "revalidates ? staleBeyond(boundMs, headers.cacheControl, table) : 0",
        "revalidates ? table.staleWhileRevalidateMs : 0",
      ),
    ],
  },
  {
    name: "S13. served to those with claims while it is revalidated",
    edits: [edit(HANDLER, "token !== undefined && !isPersonalKey(read.key)", "token !== undefined")],
  },
  {
    name: "the data centre's entry counts whatever the fence says",
    edits: [
      edit(
        MISS,
        "if (!memory.isGood(held, asked, fence)) continue;",
        "if (held !== stored.colo && !memory.isGood(held, asked, fence)) continue;",
      ),
    ],
  },
  {
    name: "the data centre's entry counts for another generation",
    edits: [
      edit(COLO, "encodeURIComponent(generation)", '""'),
      edit(ENTRY, " || described.generation !== generation", ""),
    ],
  },
  {
    name: "the data centre's entry counts for another key",
    edits: [
      edit(COLO, "await sha256Hex(key)", 'await sha256Hex("")'),
      edit(ENTRY, "described.key !== key || ", ""),
    ],
  },
  {
    name: "the data centre's entry counts though it is broken",
    edits: [edit(ENTRY, "if (digest.some((byte, at) => byte !== bytes[at])) return null;", "")],
  },
  {
    name: "the data centre's entry is said to be of the keeper's present mark",
    edits: [edit(ENTRY, "return { generation, mark,", "return { generation, mark: mark + 1_000,")],
  },
  {
    name: "S9. a personal answer is left in the data centre",
    edits: [
      edit(COLO, "isPersonalKey(key) || ", ""),
      edit(FILLS, "if (held.owner !== null || held.buckets", "if (held.buckets"),
    ],
  },
  {
    name: "S8. an answer is left in the data centre before it is cleared",
    edits: [edit(FILLS, "if (held.owner !== null || held.buckets", "if (held.buckets")],
  },
];
