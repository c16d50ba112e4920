/**
 * What is shared, by the identity of an object and a name. A name alone would let one tenant's binding answer for
 * another's.
 */
export class Shared<V> {
  readonly #values = new WeakMap<object, Map<string, V>>();

  get(identity: object, name: string, make: () => V): V {
    let named = this.#values.get(identity);
    if (named === undefined) {
      named = new Map();
      this.#values.set(identity, named);
    }
    let value = named.get(name);
    if (value === undefined) {
      value = make();
      named.set(name, value);
    }
    return value;
  }
}
