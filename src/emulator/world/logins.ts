import type { Person } from "../seed/people.ts";
import { Recent } from "../store/recent.ts";

/** A challenge that an account must pass on one device. */
export interface Challenge {
  /** The account's. */
  readonly pk: number;
  /** The device's. */
  readonly guid: string;
  readonly nonce: string;
  /** Where the code is sent; undefined until the account has chosen. */
  contact: "sms" | "email" | undefined;
}

/** One account's second factor by authenticator app. */
export interface Totp {
  readonly seed: string;
  enabled: boolean;
  backupCodes: string[];
}

/** Sessions, devices, challenges and second factors of one world. */
export class Logins {
  /** By nonce. */
  readonly challenges = new Recent<Challenge>();
  /** By the account's pk. */
  readonly totp = new Map<number, Totp>();
  readonly #endedSessions = new Recent<true>();
  readonly #trustedDevices = new Recent<true>();

  /** Ends one session; other sessions of the account stay. */
  endSession(sessionId: string): void {
    this.#endedSessions.set(sessionId, true);
  }

  hasEnded(sessionId: string): boolean {
    return this.#endedSessions.get(sessionId) === true;
  }

  /** Lets an account log in on a device without a challenge or second factor from now on. */
  trust(account: Person | Challenge, guid: string): void {
    this.#trustedDevices.set(`${account.pk}:${guid}`, true);
  }

  trusts(account: Person, guid: string): boolean {
    return this.#trustedDevices.get(`${account.pk}:${guid}`) === true;
  }
}
