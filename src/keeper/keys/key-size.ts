import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { coarse } from "../../postgrest/footprint/footprint-of.ts";
import type { FootprintIndex } from "../../postgrest/index/footprint-index.ts";
import { jsonBytes, textBytes } from "../../postgrest/row/bytes.ts";
import type { CacheableRead } from "../protocol/entry.ts";

/**
 * About how much memory one key may take with its shape. A read of one row takes 8 KB when no other key shares its
 * shape, 2 KB when one does, and each embed adds 3 to 5. Past the limit a key is registered by its relations only.
 */
export const KEY_MAX_BYTES = 65_536;

/**
 * A coarse shape is a list of relations that all their keys share; it is long where a table has hundreds of
 * partitions.
 */
const COARSE_SHAPE_MAX_BYTES = 262_144;

/** Characters of a read as it is stored: a row of a Durable Object's SQLite holds 2 MB. */
const STORED_READ_MAX_LENGTH = 262_144;

/** About how many bytes of memory a key takes: by itself, and for its shape, which other keys may share. */
interface KeySize {
  readonly own: number;
  readonly shape: number;
}

/** A footprint that a key may be registered by, and the memory it takes. */
export interface Fitting {
  readonly footprint: Footprint;
  readonly size: KeySize;
  /** The read as it is stored. */
  readonly stored: string;
}

/** Measured on V8 and rounded up: a record with its places in two maps, and a shape with its places in three. */
const RECORD_BYTES = 720;
const SHAPE_BYTES = 700;
/** V8's pages are not full. */
const SLACK = 1.1;

/**
 * The footprint that a key may be registered by: its own, or, if that takes too much memory, a coarse one, which any
 * change of its relations touches. Undefined: even the coarse one takes too much.
 */
export function fittingOf(
  read: CacheableRead,
  footprint: Footprint,
  index: Pick<FootprintIndex, "weigh">,
): Fitting | undefined {
  const stored = JSON.stringify(read);
  if (stored.length > STORED_READ_MAX_LENGTH) return undefined;
  const fitting = (most: number): Fitting | undefined => {
    if (footprint.shape.length > most) return undefined;
    const size = sizeOf(read, footprint, index);
    return size.own + size.shape <= most ? { footprint, size, stored } : undefined;
  };
  // Mostly it does, and then the coarse one, which takes less, need not be weighed: no other key may have it yet.
  const fits = fitting(KEY_MAX_BYTES);
  if (fits) return fits;
  const whole = coarse(footprint);
  const least = sizeOf(read, whole, index);
  if (least.own > KEY_MAX_BYTES || least.shape > COARSE_SHAPE_MAX_BYTES) return undefined;
  // Every shape names all partitions of a table, so they do not make this one too large.
  return fitting(Math.max(KEY_MAX_BYTES, 2 * least.shape)) ?? { footprint: whole, size: least, stored };
}

function sizeOf(
  { key, path, relation }: CacheableRead,
  footprint: Footprint,
  index: Pick<FootprintIndex, "weigh">,
): KeySize {
  const { own, shape } = index.weigh(footprint);
  const { relations, caveats } = footprint;
  const texts = textBytes(key) + textBytes(relation) + (key.startsWith(path) ? 0 : textBytes(path));
  // The names in both lists of relations are shared by all shapes.
  const shared = SHAPE_BYTES + 2 * 8 * relations.length + jsonBytes(caveats);
  return {
    own: Math.ceil(SLACK * (own + RECORD_BYTES + texts)),
    shape: Math.ceil(SLACK * (shape + shared)),
  };
}
