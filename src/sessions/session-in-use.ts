import type { Client } from "../instagram/client.ts";
import type { SessionState } from "../instagram/session.ts";
import type { LiveSession, SessionCaller, Transformed } from "./live-session.ts";
import type { ClientProxy } from "./session-client.ts";
import type { SessionRecord } from "./session-store.ts";

/**
 * A session in use by one caller: its upstream requests are counted for that caller, and its reads
 * end when the caller hangs up.
 */
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

  /** As LiveSession.read(), with input: `session.read(getUser, { username: "instagram" })`. */
  read<Input extends readonly unknown[], T>(
    operation: (client: Client, ...input: Input) => Promise<T>,
    ...input: Input
  ): Promise<T> {
    return this.live.read(this.caller, (client) => operation(client, ...input));
  }

  /** As LiveSession.write(), with input. */
  write<Input extends readonly unknown[], T>(
    operation: (client: Client, ...input: Input) => Promise<T>,
    ...input: Input
  ): Promise<T> {
    return this.live.write(this.caller, (client) => operation(client, ...input));
  }

  /** As LiveSession.upload(), with input. */
  upload<Input extends readonly unknown[], T>(
    operation: (client: Client, ...input: Input) => Promise<T>,
    ...input: Input
  ): Promise<T> {
    return this.live.upload(this.caller, (client) => operation(client, ...input));
  }

  /** As LiveSession.download(). */
  download<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.live.download(this.caller, work);
  }

  /** As LiveSession.transform(). */
  transform<T>(work: (client: Client) => Promise<Transformed<T>>): Promise<T> {
    return this.live.transform(this.caller, work);
  }

  /** As LiveSession.transformThrough(). */
  transformThrough<T>(
    work: (draft: SessionState, through: (way: ClientProxy) => Client) => Promise<Transformed<T>>,
  ): Promise<T> {
    return this.live.transformThrough(this.caller, work);
  }
}
