/** Replaces, in place, equal texts and equal lists of texts in plain JSON by one of them. */
export function interned<T>(value: T): T {
  return new Interner().intern(value) as T;
}

class Interner {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, unknown>();

  intern(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null) return value;
    const object = value as Record<string, unknown>;
    for (const [name, member] of Object.entries(object)) object[name] = this.intern(member);
    return isTexts(value) ? this.#list(value) : value;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  #list(list: readonly string[]): unknown {
    const text = JSON.stringify(list);
    const known = this.#lists.get(text) ?? list;
    this.#lists.set(text, known);
    return known;
  }
}

function isTexts(value: object): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
