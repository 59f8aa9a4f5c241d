import type { Mode, ProxyState, SessionStateName } from "./db/schema.ts";

/** The cause of an event. */
export type Actor =
  /** The operator, by the admin token or the CLI. */
  (
    | { readonly kind: "operator" }
    /** Somebody with an API key of the tenant. */
    | { readonly kind: "key"; readonly keyId: string }
    /** Instagram, by one of its answers. */
    | { readonly kind: "instagram" }
    /** The service itself, such as a check of a proxy. */
    | { readonly kind: "service" }
  ) & {
    /** The address that the request came from, if it came over a network. */
    readonly address?: string | null;
  };

export const OPERATOR: Actor = { kind: "operator" };
export const INSTAGRAM: Actor = { kind: "instagram" };
export const SERVICE: Actor = { kind: "service" };

/** The events of tenants, API keys, sessions and proxies, with their fields: never a secret. */
interface EventFields {
  "tenant.created": { name: string };
  /** `changed` has the names in the code of the fields that were given. */
  "tenant.changed": { status: "active" | "suspended"; changed: readonly string[] };
  /**
   * The account passwords of the tenant's sessions were removed, because its policy now keeps none.
   */
  "tenant.credentials_removed": object;
  "tenant.deleted": object;
  "key.created": { keyId: string; mode: Mode };
  /** The key `keyId` has a successor, and ends when the overlap is over. */
  "key.rotated": { keyId: string; successorId: string };
  "key.revoked": { keyId: string };
  "session.created": { sessionId: string; mode: Mode; state: SessionStateName };
  /**
   * `changed` has the names of the columns that differ, and `login` when the session has a new
   * login. It is empty when only the settings of a session differ, such as the time zone.
   */
  "session.changed": {
    sessionId: string;
    mode: Mode;
    state: SessionStateName;
    stateBefore: SessionStateName;
    /** False while somebody has switched it off. */
    enabled: boolean;
    /** The stored proxy that it has got, and had before, where that changed. */
    proxyId?: string;
    proxyBefore?: string | null;
    /** Why it has its state: a few words. */
    reason: string | null;
    changed: readonly string[];
  };
  "session.deleted": { sessionId: string };
  "proxy.created": { proxyId: string };
  /** `changed` has the names of the columns that differ. */
  "proxy.changed": {
    proxyId: string;
    state: ProxyState;
    stateBefore: ProxyState;
    changed: readonly string[];
  };
  "proxy.deleted": { proxyId: string };
  /** Whether anything goes to Instagram at all. */
  "upstream.switched": { enabled: boolean };
}

export type Kind = keyof EventFields;

/** One event, which is stored already. */
export type Announcement<K extends Kind = Kind> = {
  [Name in K]: EventFields[Name] & {
    readonly kind: Name;
    /** Null for what is the operator's own, such as a proxy for all tenants. */
    readonly tenantId: Name extends `proxy.${string}` | `upstream.${string}`
      ? string | null
      : string;
    readonly by: Actor;
    /** Unix milliseconds. */
    readonly at: number;
  };
}[K];

type Listener = (announcement: Announcement) => void | Promise<void>;

/**
 * The one place that announces events of tenants, API keys, sessions and proxies, after they are stored.
 * Caches listen to drop what is out of date.
 */
export class Announcements {
  readonly #listeners = new Map<Kind, Listener[]>();

  /** `onFailure` gets the error of a listener; the event itself has happened all the same. */
  constructor(private readonly onFailure: (error: unknown, kind: Kind) => void = () => {}) {}

  /** Calls the listener with each announcement of these kinds. */
  on<K extends Kind>(
    kinds: readonly K[],
    listener: (announcement: Announcement<K>) => void | Promise<void>,
  ): void {
    for (const kind of kinds) {
      const others = this.#listeners.get(kind) ?? [];
      // The cast is safe: announce() calls it only with announcements of its kinds.
      this.#listeners.set(kind, [...others, listener as Listener]);
    }
  }

  /**
   * Calls all listeners, in the order in which they were added, and resolves when all have
   * finished: only then may the event be reported as done. Never rejects.
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
