import type { Cancellation, Client } from "../instagram/client.ts";
import { CallerGone, outOfTime } from "../instagram/errors.ts";
import type { SessionState } from "../instagram/session.ts";

/** What the session gives to an upload. */
export interface UploadSession {
  /** Runs work alone among the session's writes. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /**
   * The session as it is now, with what has changed in `used`, the state that the upload has had.
   * Throws SessionGone, UpstreamRefused.
   */
  renewed(used: SessionState): Promise<Pick<Client, "state" | "proxy" | "proxyId" | "watch">>;
}

/**
 * The client of an upload, which may take minutes. Its steps end when the caller hangs up or its time
 * is over. What acts runs in a turn: with the login and the proxy that the session has by then, and
 * to its end, since half of it may have taken place. What must follow an action belongs into its turn.
 */
export function uploadClient(made: Client, session: UploadSession): Client {
  const { cancellation } = made;
  const client: { -readonly [Name in keyof Client]: Client[Name] } = {
    ...made,
    sleep: (milliseconds) => sleepWhileWaited(made, milliseconds),
    turn: (work) =>
      session.inTurn(async () => {
        if (cancellation) requireTime(cancellation);
        Object.assign(client, await session.renewed(client.state));
        client.cancellation = null;
        try {
          return await work();
        } finally {
          client.cancellation = cancellation;
        }
      }),
  };
  return client;
}

/** Throws CallerGone, UpstreamUnreachable (UpstreamTimeout). */
function requireTime(cancellation: Cancellation): void {
  if (cancellation.signal.aborted) throw new CallerGone();
  if (cancellation.endsAt <= performance.now()) throw outOfTime(cancellation);
}

/**
 * Waits, but no longer than somebody waits for the work. Throws CallerGone, UpstreamUnreachable
 * (UpstreamTimeout).
 */
export async function sleepWhileWaited(
  { sleep, cancellation }: Pick<Client, "sleep" | "cancellation">,
  milliseconds: number,
): Promise<void> {
  if (!cancellation) return sleep(milliseconds);
  requireTime(cancellation);
  const { signal, endsAt } = cancellation;
  const gone = Promise.withResolvers<void>();
  const onAbort = (): void => gone.resolve();
  signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([sleep(Math.min(milliseconds, endsAt - performance.now())), gone.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  requireTime(cancellation);
}
