/** A random whole number, both ends included. */
export const randomBetween = (low: number, high: number): number =>
  low + Math.floor(Math.random() * (high - low + 1));
