/**
 * A well-spread 32-bit hash of up to three integers. Everything in the seed that looks random is
 * computed with it, so nothing has to be stored.
 */
export function mix(a: number, b = 0, c = 0): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 13)) + b, 0xc2b2ae35);
  h = Math.imul((h ^ (h >>> 16)) + c, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x165667b1);
  return (h ^ (h >>> 16)) >>> 0;
}

const BITS = 19;

/** How many made-up users there are: a power of two, so that permutations are easy to invert. */
export const CROWD = 1 << BITS;

const MASK = CROWD - 1;

/** Inverse of an odd number modulo a power of two: each Newton step doubles the correct bits. */
function inverse(odd: number): number {
  let x = odd;
  for (let step = 0; step < 5; step++) {
    x = Math.imul(x, 2 - Math.imul(odd, x));
  }
  return x;
}

/** A shuffle of 0..CROWD-1 that is computed in both directions instead of stored. */
export class Permutation {
  readonly #first: number;
  readonly #second: number;
  readonly #shift: number;

  constructor(seed: number) {
    this.#first = mix(seed, 1) | 1;
    this.#second = mix(seed, 2) | 1;
    this.#shift = mix(seed, 3) & MASK;
  }

  apply(position: number): number {
    let x = Math.imul(position, this.#first) & MASK;
    // This step is its own inverse because it shifts by more than half the bits.
    x ^= x >>> 10;
    return (Math.imul(x, this.#second) + this.#shift) & MASK;
  }

  invert(value: number): number {
    let x = Math.imul(value - this.#shift, inverse(this.#second)) & MASK;
    x ^= x >>> 10;
    return Math.imul(x, inverse(this.#first)) & MASK;
  }
}

/**
 * A bounded cache of computed values; the oldest is dropped first. A key that is an object stands for
 * that very object: a changed copy of it has a value of its own.
 */
export class Memo<V> {
  readonly #values = new Map<string | number | object, V>();

  constructor(readonly capacity: number) {}

  get(key: string | number | object, compute: () => V): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = compute();
    if (this.#values.size >= this.capacity) {
      const oldest = this.#values.keys().next();
      if (!oldest.done) this.#values.delete(oldest.value);
    }
    this.#values.set(key, value);
    return value;
  }
}
