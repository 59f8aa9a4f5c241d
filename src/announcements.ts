import type { Mode, SessionStatus } from "./db/schema.ts";

/** Who has made something happen. */
export type Actor =
  /** The operator, by the admin token or the CLI. */
  | { readonly kind: "operator" }
  /** Somebody with an API key of the tenant. */
  | { readonly kind: "key"; readonly keyId: string }
  /** Instagram, by what it has answered. */
  | { readonly kind: "instagram" };

export const OPERATOR: Actor = { kind: "operator" };
export const INSTAGRAM: Actor = { kind: "instagram" };

/** What can happen to a tenant, a key or a session, and what is told of it: never a secret. */
interface Happenings {
  "tenant.created": { name: string };
  /** `changed` names what was given, by its names in the code. */
  "tenant.changed": { status: "active" | "suspended"; changed: readonly string[] };
  /** The account passwords of its sessions are gone, as its policy is to keep none. */
  "tenant.credentials_removed": object;
  "tenant.deleted": object;
  "key.created": { keyId: string; mode: Mode };
  /** `keyId` has got a successor, and ends when the overlap is over. */
  "key.rotated": { keyId: string; successorId: string };
  "key.revoked": { keyId: string };
  "session.created": { sessionId: string; mode: Mode; status: SessionStatus };
  /**
   * `changed` names the columns that differ, and `login` where the session has another one by now; it
   * is empty when only the settings of an open session differ, such as the time zone.
   */
  "session.changed": {
    sessionId: string;
    mode: Mode;
    status: SessionStatus;
    statusBefore: SessionStatus;
    changed: readonly string[];
  };
  "session.deleted": { sessionId: string };
}

type Kind = keyof Happenings;

/** One thing that has happened and is stored. */
export type Announcement<K extends Kind = Kind> = {
  [Name in K]: Happenings[Name] & {
    readonly kind: Name;
    readonly tenantId: string;
    readonly by: Actor;
    /** Unix milliseconds. */
    readonly at: number;
  };
}[K];

type Listener = (announcement: Announcement) => void | Promise<void>;

/**
 * The one place where it is told what has happened to tenants, keys and sessions: caches forget what
 * is old, and whoever wants to know listens here. Told is only what is stored already.
 */
export class Announcements {
  readonly #listeners = new Map<Kind, Listener[]>();

  /** `onFailure` is told what a listener has thrown: that fails nothing that has happened. */
  constructor(private readonly onFailure: (error: unknown, kind: Kind) => void = () => {}) {}

  /** Calls the listener with each announcement of these kinds. */
  on<K extends Kind>(
    kinds: readonly K[],
    listener: (announcement: Announcement<K>) => void | Promise<void>,
  ): void {
    for (const kind of kinds) {
      const others = this.#listeners.get(kind) ?? [];
      // It is called with announcements of its kinds only.
      this.#listeners.set(kind, [...others, listener as Listener]);
    }
  }

  /**
   * Calls all listeners at once, in the order in which they came, and resolves when those that take
   * their time are through: only then may it be reported as done. Never rejects.
   */
  async announce(announcement: Announcement): Promise<void> {
    const { kind } = announcement;
    const listeners = this.#listeners.get(kind) ?? [];
    await Promise.all(
      listeners.map(async (listener) => {
        try {
          await listener(announcement);
        } catch (error) {
          this.onFailure(error, kind);
        }
      }),
    );
  }
}
