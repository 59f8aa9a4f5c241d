import type { Client, WatchedRequest } from "../client.ts";
import type { Sender } from "./request.ts";

/** The watch has prevented a request: nothing was sent. Its cause is the Problem. */
export class Prevented extends Error {}

/** Asks the client's watch again, when a connection is ready for a request. Throws Prevented. */
export const readiness =
  ({ watch }: Client, request: WatchedRequest): (() => void | Promise<void>) =>
  () => {
    try {
      const asking = watch.ready(request);
      if (asking) return asking.catch(prevent);
    } catch (error) {
      prevent(error);
    }
  };

function prevent(cause: unknown): never {
  throw new Prevented("prevented", { cause });
}

/** Asks the client's watch before each request. */
export const withWatch =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    try {
      const asking = client.watch.before(request);
      if (asking) await asking;
    } catch (error) {
      prevent(error);
    }
    return next(client, request, reading);
  };

/** Tells the client's watch what became of a request, unless it has prevented it. */
export async function watched<T>(
  client: Client,
  request: WatchedRequest,
  exchange: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let result: T;
  try {
    result = await exchange();
  } catch (error) {
    if (error instanceof Prevented) throw error.cause;
    const telling = client.watch.after(error, performance.now() - started, request);
    if (telling) await telling;
    throw error;
  }
  const telling = client.watch.after(null, performance.now() - started, request);
  if (telling) await telling;
  return result;
}
