import type { Client } from "../client.ts";
import { APP_HOST } from "./exchange.ts";
import type { Sender, UpstreamRequest } from "./request.ts";

/** Tells the caller of each exchange, also of one that has failed. */
export const reporting =
  (next: Sender): Sender =>
  (client, request, reading) => {
    const started = performance.now();
    return next(client, request, reading).then(
      (answer) => {
        report(client, request, answer.status, started);
        return answer;
      },
      (error: unknown) => {
        report(client, request, 0, started);
        throw error;
      },
    );
  };

function report(
  client: Client,
  { host = APP_HOST }: UpstreamRequest,
  status: number,
  started: number,
): void {
  const { operation, caller } = client;
  caller.onCall({ operation, host, status, milliseconds: performance.now() - started });
}
