/** A `pg_snapshot`: which transactions it sees. */
export interface Snapshot {
  readonly xmin: number;
  readonly xmax: number;
  /** Open when the snapshot was taken. */
  readonly running: readonly number[];
}

/** As `pg_visible_in_snapshot`. */
export function isVisible(xid: number, { xmin, xmax, running }: Snapshot): boolean {
  return xid < xmin || (xid < xmax && !running.includes(xid));
}

/** `xmin:xmax:xip,…` */
export function printSnapshot({ xmin, xmax, running }: Snapshot): string {
  return `${xmin}:${xmax}:${running.join(",")}`;
}

export function parseSnapshot(text: string): Snapshot {
  const [xmin, xmax, running = ""] = text.split(":");
  return {
    xmin: Number(xmin),
    xmax: Number(xmax),
    running: running === "" ? [] : running.split(",").map(Number),
  };
}
