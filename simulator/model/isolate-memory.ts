import type { HeldAnswer } from "../../src/gateway/reader/held-answer.ts";
import { Lru } from "../../src/runtime/lru.ts";

/** An isolate's memory of answers. The keys of those who sign in only the keeper can name, so they are noted here. */
export class IsolateMemory extends Lru<HeldAnswer> {
  readonly #signedIn = new Set<string>();

  constructor() {
    super({ maxBytes: 1_000_000, maxEntries: 100 });
  }

  override set(key: string, held: HeldAnswer, bytes: number): void {
    if (key.includes(" signed-in ")) this.#signedIn.add(key);
    super.set(key, held, bytes);
  }

  /** Answers for those who sign in. */
  signedIn(): readonly HeldAnswer[] {
    return [...this.#signedIn].flatMap((key) => this.get(key) ?? []);
  }
}
