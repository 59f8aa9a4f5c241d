import type { Person } from "../seed/people.ts";

/** A challenge that an account has to pass on one device. */
export interface Challenge {
  readonly pk: number;
  readonly guid: string;
  readonly nonce: string;
  /** How the code was asked for: undefined until the account chose. */
  contact: "sms" | "email" | undefined;
}

/** The second factor by authenticator app of one account. */
export interface Totp {
  readonly seed: string;
  enabled: boolean;
  backupCodes: string[];
}

/** Sessions, devices, challenges and second factors of one world. */
export class Logins {
  /** By nonce. */
  readonly challenges = new Recent<Challenge>();
  readonly totp = new Map<number, Totp>();
  readonly #endedSessions = new Recent<true>();
  readonly #trustedDevices = new Recent<true>();

  /** Ends one session; the account's others stay. */
  endSession(sessionId: string): void {
    this.#endedSessions.set(sessionId, true);
  }

  hasEnded(sessionId: string): boolean {
    return this.#endedSessions.get(sessionId) === true;
  }

  /** Remembers a device that passed a challenge, or a second factor that it was asked to remember. */
  trust(account: Person | Challenge, guid: string): void {
    this.#trustedDevices.set(`${account.pk}:${guid}`, true);
  }

  trusts(account: Person, guid: string): boolean {
    return this.#trustedDevices.get(`${account.pk}:${guid}`) === true;
  }
}

/**
 * The newest of what was put in, the oldest is dropped: a process that runs for months must not grow
 * by every login, and there are thousands of worlds.
 */
class Recent<Value> {
  static readonly #capacity = 250;
  readonly #values = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    this.#values.set(key, value);
    if (this.#values.size <= Recent.#capacity) return;
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}
