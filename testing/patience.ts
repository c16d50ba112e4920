/**
 * How long a test waits for something that must happen, in milliseconds. Nothing passes or fails by how long it took:
 * this only ends a test that has failed already, so it is far beyond what a busy machine needs.
 */
export const PATIENCE_MS = 120_000;
