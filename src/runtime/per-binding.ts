/**
 * Values that all requests of an isolate share, by a binding (an object's identity) and a name. By name alone, one
 * tenant's binding could answer for another's.
 */
export class PerBinding<V> {
  readonly #values = new WeakMap<object, Map<string, V>>();

  /** The value for this binding and name, made on first use. */
  get(binding: object, name: string, make: () => V): V {
    let named = this.#values.get(binding);
    if (named === undefined) {
      named = new Map();
      this.#values.set(binding, named);
    }
    let value = named.get(name);
    if (value === undefined) {
      value = make();
      named.set(name, value);
    }
    return value;
  }
}
