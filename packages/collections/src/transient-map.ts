interface Box<V> {
  value: V | undefined;
}

/**
 * A `Map` that lives long and whose entries come and go all the time, each with much behind it.
 *
 * V8 links each table that a Map has outgrown to the next one, for iterators that stand in it. Once such a table is among the old
 * objects, it keeps all later ones, and all that was in them when they were outgrown, until old objects are collected, which
 * is seldom: so nearly every entry is copied twice and becomes an old object, though it was deleted long before. Here the
 * tables hold boxes, and a box is emptied when its entry is deleted.
 */
export class TransientMap<K, V> implements Map<K, V> {
  readonly #boxes = new Map<K, Box<V>>();

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#boxes.size;
  }

  get [Symbol.toStringTag](): string {
    return 'TransientMap';
  }

  has(key: K): boolean {
    return this.#boxes.has(key);
  }

  get(key: K): V | undefined {
    return this.#boxes.get(key)?.value;
  }

  set(key: K, value: V): this {
    const box = this.#boxes.get(key);
    if (box === undefined) this.#boxes.set(key, { value });
    else box.value = value;
    return this;
  }

  delete(key: K): boolean {
    const box = this.#boxes.get(key);
    if (box === undefined) return false;
    box.value = undefined;
    return this.#boxes.delete(key);
  }

  clear(): void {
    for (const key of this.#boxes.keys()) this.delete(key);
  }

  forEach(callback: (value: V, key: K, map: Map<K, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  keys(): MapIterator<K> {
    return this.#boxes.keys();
  }

  *values(): MapIterator<V> {
    for (const box of this.#boxes.values()) yield box.value as V;
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, box] of this.#boxes) yield [key, box.value as V];
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }
}
