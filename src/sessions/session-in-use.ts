import type { Client } from "../instagram/client.ts";
import type { LiveSession, SessionCaller, Transformed } from "./live-session.ts";
import type { SessionRecord } from "./session-store.ts";

/** A session in the hands of one caller: what it does is counted for them, and ends with them. */
export class SessionInUse {
  constructor(
    readonly live: LiveSession,
    readonly caller: SessionCaller,
  ) {}

  get id(): string {
    return this.live.id;
  }

  get stored(): SessionRecord {
    return this.live.stored;
  }

  /**
   * Runs a read of the client with this input, as LiveSession.read():
   * `session.read(getUser, { username: "instagram" })`.
   */
  read<Input extends readonly unknown[], T>(
    operation: (client: Client, ...input: Input) => Promise<T>,
    ...input: Input
  ): Promise<T> {
    return this.live.read(this.caller, (client) => operation(client, ...input));
  }

  /** Runs a write of the client with this input, as LiveSession.write(). */
  write<Input extends readonly unknown[], T>(
    operation: (client: Client, ...input: Input) => Promise<T>,
    ...input: Input
  ): Promise<T> {
    return this.live.write(this.caller, (client) => operation(client, ...input));
  }

  /** Runs work that may replace the login, as LiveSession.transform(). */
  transform<T>(work: (client: Client) => Promise<Transformed<T>>): Promise<T> {
    return this.live.transform(this.caller, work);
  }
}
