interface Series {
  /** Observations in each bucket, not cumulative; the last bucket is for those above all bounds. */
  counts: number[];
  sum: number;
  total: number;
}

/**
 * A histogram with one label, for the hot path: prom-client's histogram hashes the label each time,
 * this one does a few additions. Its text comes in pieces, because writing hundreds of routes with
 * a dozen buckets each at once would delay every request.
 */
export class Histogram {
  readonly #series = new Map<string, Series>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly label: string,
    /** Upper bounds in seconds, ascending. */
    private readonly bounds: readonly number[],
  ) {}

  /** `value` of the label must not contain quotes or line breaks. */
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

  /** Prometheus text, one piece for each observed value of the label; nothing if there is none. */
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
