import type { Client } from "../client.ts";
import { APP_HOST } from "./exchange.ts";
import type { Sender, UpstreamRequest } from "./request.ts";

/** Reports each exchange to the caller, failed ones included. */
export const withCallReports =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    const started = performance.now();
    let status = 0;
    try {
      const answer = await next(client, request, reading);
      status = answer.status;
      return answer;
    } finally {
      report(client, request, status, started);
    }
  };

function report(
  client: Client,
  { host = APP_HOST }: UpstreamRequest,
  status: number,
  started: number,
): void {
  const { operation, caller, proxyId } = client;
  const milliseconds = performance.now() - started;
  caller.onCall({ operation, proxyId, host, status, milliseconds });
}
