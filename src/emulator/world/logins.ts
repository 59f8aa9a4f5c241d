import type { Person } from "../seed/people.ts";
import { Recent } from "../store/recent.ts";

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
