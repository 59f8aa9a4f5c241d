/**
 * The load generator, which runs in its own process: `bun bench/load.ts <plan.json>`. Each connection
 * sends its next request when the answer to the last one is complete. Prints a LoadResult as JSON.
 */
export interface LoadPlan {
  host: string;
  port: number;
  connections: number;
  warmUpMs: number;
  durationMs: number;
  /** Complete HTTP requests as text, sent in turn. */
  requests: string[];
}

export interface LoadResult {
  /** Requests answered in the measured time. */
  requests: number;
  /** All answered requests, including the warm-up. */
  answered: number;
  perSecond: number;
  p50: number;
  p99: number;
  /** Answers other than 200, and connections that broke. */
  failures: number;
  /** Text of the first failure. */
  failure: string | null;
}

interface Connection {
  sentAt: number;
  /** Missing bytes of the answer's body; -1 while its head is incomplete. */
  missing: number;
  head: Buffer;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /^content-length: *(\d+)/im;
const MAX_SAMPLES = 4_000_000;

if (import.meta.main) {
  const plan: LoadPlan = await Bun.file(Bun.argv[2] ?? "").json();
  console.log(JSON.stringify(await generateLoad(plan)));
  process.exit(0);
}

async function generateLoad(plan: LoadPlan): Promise<LoadResult> {
  const { host: hostname, port, connections, warmUpMs, durationMs } = plan;
  const requests = plan.requests.map((text) => Buffer.from(text, "latin1"));
  const samples = new Float64Array(MAX_SAMPLES);
  const measureFrom = performance.now() + warmUpMs;
  const measureTo = measureFrom + durationMs;
  let next = 0;
  let count = 0;
  let total = 0;
  let failures = 0;
  let failure: string | null = null;

  const fail = (what: string): void => {
    failures++;
    failure ??= what.slice(0, 500);
  };
  const send = (socket: Bun.Socket<Connection>): void => {
    const request = requests[next++ % requests.length] as Buffer;
    socket.data.sentAt = performance.now();
    socket.data.missing = -1;
    // A request fits into the socket's empty buffer.
    if (socket.write(request) !== request.length) fail("a request was written only in part");
  };
  const answered = (socket: Bun.Socket<Connection>): void => {
    const now = performance.now();
    total++;
    if (now >= measureFrom && now < measureTo && count < MAX_SAMPLES)
      samples[count++] = now - socket.data.sentAt;
    if (now < measureTo) send(socket);
    else socket.end();
  };

  const open = await Promise.all(
    Array.from({ length: connections }, () =>
      Bun.connect<Connection>({
        hostname,
        port,
        data: { sentAt: 0, missing: -1, head: Buffer.alloc(0) },
        socket: {
          data(socket, chunk) {
            const { data } = socket;
            if (data.missing >= 0) data.missing -= chunk.length;
            else {
              data.head = data.head.length === 0 ? chunk : Buffer.concat([data.head, chunk]);
              const end = data.head.indexOf(HEAD_END);
              if (end < 0) return;
              const head = data.head.toString("latin1", 0, end);
              const length = Number(LENGTH.exec(head)?.[1] ?? Number.NaN);
              if (!head.startsWith("HTTP/1.1 200") || Number.isNaN(length))
                fail(data.head.toString("utf8"));
              data.missing = (length || 0) - (data.head.length - end - HEAD_END.length);
              data.head = Buffer.alloc(0);
            }
            if (data.missing <= 0) answered(socket);
          },
          close() {
            if (performance.now() < measureTo) fail("a connection was closed");
          },
          error: (_socket, error) => fail(String(error)),
        },
      }),
    ),
  );
  for (const socket of open) send(socket);
  await Bun.sleep(measureTo - performance.now() + 100);

  const sorted = samples.subarray(0, count).sort();
  const quantile = (share: number): number => sorted[Math.floor(count * share)] ?? Number.NaN;
  return {
    requests: count,
    answered: total,
    perSecond: count / (durationMs / 1000),
    p50: quantile(0.5),
    p99: quantile(0.99),
    failures,
    failure,
  };
}
