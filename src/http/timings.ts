interface Series {
  /** Observations up to each bound, and above the last one; not yet summed up. */
  counts: number[];
  sum: number;
  total: number;
}

/**
 * A histogram for the hot path, with one label: a few additions where the library's hashes the label
 * each time. It is written piece by piece, because hundreds of routes times a dozen buckets in one go
 * hold up every request meanwhile.
 */
export class Timings {
  readonly #series = new Map<string, Series>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly label: string,
    /** Upper bounds in seconds, ascending. */
    private readonly bounds: readonly number[],
  ) {}

  /** `value` of the label: a name of ours, without quotes and line breaks. */
  observe(value: string, seconds: number): void {
    let series = this.#series.get(value);
    if (series === undefined) {
      series = { counts: new Array(this.bounds.length + 1).fill(0), sum: 0, total: 0 };
      this.#series.set(value, series);
    }
    let bucket = 0;
    while (seconds > (this.bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
    series.total++;
  }

  /** Prometheus text, one piece for each value that was seen; nothing when none was. */
  *pieces(): Generator<string> {
    if (this.#series.size === 0) return;
    yield `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} histogram\n`;
    for (const [value, series] of this.#series) yield this.#pieceOf(value, series);
  }

  #pieceOf(value: string, { counts, sum, total }: Series): string {
    const labels = `${this.label}="${value}"`;
    let upTo = 0;
    const buckets = this.bounds.map((bound, index) => {
      upTo += counts[index] ?? 0;
      return `${this.name}_bucket{${labels},le="${bound}"} ${upTo}\n`;
    });
    return `${buckets.join("")}${this.name}_bucket{${labels},le="+Inf"} ${total}
${this.name}_sum{${labels}} ${sum}
${this.name}_count{${labels}} ${total}
`;
  }
}
