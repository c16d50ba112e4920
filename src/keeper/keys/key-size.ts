import type { Footprint } from "../../postgrest/footprint/footprint.ts";
import { coarse } from "../../postgrest/footprint/footprint-of.ts";
import type { FootprintIndex } from "../../postgrest/index/footprint-index.ts";
import { jsonBytes, textBytes } from "../../postgrest/row/bytes.ts";
import { COARSE_SHAPE_MAX_BYTES, KEY_MAX_BYTES, STORED_READ_MAX_LENGTH } from "../protocol/constants.ts";
import type { CacheableRead } from "../protocol/entry.ts";

/** About how much memory a key takes, in bytes: of its own, and for its shape, which others may share. */
interface KeySize {
  readonly own: number;
  readonly shape: number;
}

/** A footprint that a key may be registered by, and what that takes. */
export interface Fitting {
  readonly footprint: Footprint;
  readonly size: KeySize;
  /** The read as it is stored. */
  readonly stored: string;
}

/** Measured on V8, and rounded up: a record with its places in two maps, and a shape with its own in three. */
const RECORD_BYTES = 720;
const SHAPE_BYTES = 700;
/** V8's pages are not full. */
const SLACK = 1.1;

/**
 * By which footprint a key may be registered: by its own; by a coarse one, which any change of its relations touches, when
 * its own takes too much memory; by none when even that does.
 */
export function fittingOf(
  read: CacheableRead,
  footprint: Footprint,
  index: Pick<FootprintIndex, "weigh">,
): Fitting | undefined {
  const stored = JSON.stringify(read);
  if (stored.length > STORED_READ_MAX_LENGTH) return undefined;
  const whole = coarse(footprint);
  const least = sizeOf(read, whole, index);
  if (least.own > KEY_MAX_BYTES || least.shape > COARSE_SHAPE_MAX_BYTES) return undefined;
  // The partitions of a table are named in every shape; so they do not make one the larger.
  const most = Math.max(KEY_MAX_BYTES, 2 * least.shape);
  if (footprint.shape.length <= most) {
    const size = sizeOf(read, footprint, index);
    if (size.own + size.shape <= most) return { footprint, size, stored };
  }
  return { footprint: whole, size: least, stored };
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
