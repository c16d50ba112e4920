/** Limits of the keys reported with one call: enough to show the keeper what is in demand, and small to send. */
const KEYS_SAMPLED = 256;
const CHARACTERS_SAMPLED = 65_536;

/** A sample of the keys that were read since the last report. */
export class KeysRead {
  readonly #keys = new Set<string>();
  #characters = 0;

  add(key: string): void {
    const { size } = this.#keys;
    if (size >= KEYS_SAMPLED || this.#characters >= CHARACTERS_SAMPLED) return;
    this.#keys.add(key);
    if (this.#keys.size > size) this.#characters += key.length;
  }

  take(): string[] {
    const keys = [...this.#keys];
    this.#keys.clear();
    this.#characters = 0;
    return keys;
  }
}
