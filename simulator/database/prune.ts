import type { Postgres } from "./postgres.ts";
import { isVisible } from "./snapshot.ts";
import type { SchemaChange } from "./state.ts";

/** `tidemark_prune()`, as in `src/capture/outbox/prune-sql.ts`. */
export function tidemarkPrune(postgres: Postgres, keepMs: number, now: number): void {
  const { state } = postgres;
  const current = postgres.snapshot();
  if ([state.nextPrune, state.pruned].some((snapshot) => snapshot && snapshot.xmax > current.xmax)) {
    // Transactions of another server: this database was restored from a dump.
    // Rows of open transactions here are not visible, and stay.
    Object.assign(state, {
      outbox: state.outbox.filter(({ xmin }) => !postgres.isCommitted(xmin)),
      schemaChanges: state.schemaChanges.filter(({ xmin }) => !postgres.isCommitted(xmin)),
      incarnation: state.incarnation + 1_000,
      pruned: null,
      prunedThrough: null,
      nextPrune: null,
      nextPruneAt: null,
    });
    return;
  }
  if (state.nextPruneAt !== null && state.nextPruneAt > now - keepMs) return;
  const { nextPrune } = state;
  if (nextPrune !== null) {
    const isDoomed = ({ txid, xmin }: SchemaChange) =>
      txid < nextPrune.xmax && postgres.isCommitted(xmin) && isVisible(txid, nextPrune);
    const doomed = state.outbox.filter(isDoomed);
    const schemaChanges = state.schemaChanges.filter(isDoomed);
    state.outbox = state.outbox.filter((row) => !isDoomed(row));
    state.schemaChanges = state.schemaChanges.filter((row) => !isDoomed(row));
    if (doomed.length > 0 || schemaChanges.length > 0) {
      state.schemaVersion += schemaChanges.length;
      state.pruned = nextPrune;
      state.prunedThrough = Math.max(state.prunedThrough ?? 0, ...doomed.map(({ txid }) => txid));
    }
  }
  state.nextPrune = current;
  state.nextPruneAt = now;
}
