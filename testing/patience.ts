/**
 * How long, in milliseconds, a test waits for something that must happen. No test passes or fails by how long it took:
 * this only ends a test that has already failed, so it is far beyond what a busy machine needs.
 */
export const PATIENCE_MS = 120_000;
