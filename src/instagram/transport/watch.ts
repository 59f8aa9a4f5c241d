import type { Client } from "../client.ts";
import type { Sender } from "./request.ts";

/** The watch has prevented a request: nothing was sent. */
class Prevented extends Error {}

/** Asks the client's watch before each request. */
export const withWatch =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    try {
      const asking = client.watch.before();
      if (asking) await asking;
    } catch (error) {
      throw new Prevented("prevented", { cause: error });
    }
    return next(client, request, reading);
  };

/** Tells the client's watch what became of a request, unless it has prevented it. */
export async function watched<T>(client: Client, exchange: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    const result = await exchange();
    client.watch.after(null, performance.now() - started);
    return result;
  } catch (error) {
    if (error instanceof Prevented) throw error.cause;
    client.watch.after(error, performance.now() - started);
    throw error;
  }
}
