/** The moment of the request that a world answers: everything that comes by itself exists up to then. */
export interface Clock {
  /** Unix milliseconds. */
  now: number;
}
