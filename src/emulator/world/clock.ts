/** The moment of the request that a world answers: all that comes by itself is there up to it. */
export interface Clock {
  /** Unix milliseconds. */
  now: number;
}
