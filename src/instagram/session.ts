import { randomBytes } from "node:crypto";
import { InvalidInput } from "../problems/problem.ts";
import { type AppProfile, type AppProfiles, createAppProfiles } from "./app-profiles.ts";
import {
  appLocale,
  type DeviceIds,
  deviceOf,
  newDeviceIds,
  savedDeviceIds,
  userAgentOf,
} from "./device.ts";
import { type ExactJsonObject, objectOr, parseExact } from "./json.ts";
import { isLocale } from "./locale.ts";
import { type Login, LoginState } from "./login-state.ts";
import { CLIENT_OPTIONS, integerOr, otherSettings, textOr } from "./settings-format.ts";
import { sharedDevice, sharedText } from "./shared-values.ts";
import { cookiePart, type StatePart, UnsavedChanges } from "./unsaved-changes.ts";

export type { Login } from "./login-state.ts";

const DEFAULTS = {
  country: "US",
  countryCode: 1,
  locale: "en_US",
  timezoneOffset: -14400,
} as const;

const DEVICE_IN_UPLOADS = new Set(["manufacturer", "model", "android_version", "android_release"]);

/** Marks a moment of a state, to tell markSaved() later which changes have been saved. */
export interface Snapshot {
  readonly revision: number;
  readonly login: Login;
}

/**
 * The state of one device, logged in or not. It is saved in aiograpi's settings format: either side
 * can import what the other exported. Keys that this client does not know are kept, as text to save
 * memory: thousands of sessions are in memory at once.
 */
export class SessionState {
  /** Counts all changes of what is saved. */
  revision = 0;
  /** Counts changes of the device: locale, time zone, release of the app. */
  deviceRevision = 0;
  readonly ids: DeviceIds;
  /** For bodies that need a CSRF token while no cookie holds one. Never saved. */
  #madeUpCsrfToken: string | null = null;
  /** JSON text of the settings that this client does not read, empty if there are none. */
  readonly #others: string;
  /** Shared with other sessions that have the same device: replaced, never changed. */
  #device: Readonly<ExactJsonObject>;
  readonly #login: LoginState;
  #mid: string | null;
  #igURur: string | null;
  #igWwwClaim: string | null;
  #userAgent: string;
  #country: string;
  #countryCode: number;
  #locale: string;
  #timezoneOffset: number;
  #unsaved = new UnsavedChanges();
  #savedLogin: Login;

  constructor(
    saved: ExactJsonObject = {},
    private readonly profiles: AppProfiles = createAppProfiles(),
  ) {
    this.#others = otherSettings(saved);
    this.#login = new LoginState(saved);
    this.#device = sharedDevice(deviceOf(objectOr(saved.device_settings), profiles));
    this.ids = { ...newDeviceIds(), ...savedDeviceIds(objectOr(saved.uuids)) };
    this.#mid = textOr(saved.mid, this.#login.cookie("mid")) || null;
    this.#igURur = textOr(saved.ig_u_rur, "") || null;
    this.#igWwwClaim = textOr(saved.ig_www_claim, "") || null;
    this.#locale = sharedText(textOr(saved.locale, DEFAULTS.locale));
    this.#country = sharedText(textOr(saved.country, countryOf(this.#locale) ?? DEFAULTS.country));
    this.#countryCode = integerOr(saved.country_code, DEFAULTS.countryCode);
    this.#timezoneOffset = integerOr(saved.timezone_offset, DEFAULTS.timezoneOffset);
    const userAgent = textOr(saved.user_agent, "").replaceAll(
      `; ${DEFAULTS.locale};`,
      `; ${appLocale(this.#locale)};`,
    );
    this.#userAgent = sharedText(userAgent || userAgentOf(this.#device, this.#locale));
    this.#savedLogin = this.login;
  }

  get mid(): string | null {
    return this.#mid;
  }
  get igURur(): string | null {
    return this.#igURur;
  }
  get igWwwClaim(): string | null {
    return this.#igWwwClaim;
  }
  get userAgent(): string {
    return this.#userAgent;
  }
  get country(): string {
    return this.#country;
  }
  get countryCode(): number {
    return this.#countryCode;
  }
  /** e.g. `en_US` (as saved; some files hold a hyphen). */
  get locale(): string {
    return this.#locale;
  }
  /** Seconds from UTC. */
  get timezoneOffset(): number {
    return this.#timezoneOffset;
  }
  get bloksVersioningId(): string {
    return textOr(this.#device.bloks_versioning_id, "");
  }
  /** The app release this session pins, e.g. `428.0.0.47.67`. */
  get appVersion(): string {
    return textOr(this.#device.app_version, "");
  }
  /** What bodies of uploads say of the device, such as `{"model": "Pixel 8 Pro"}`. */
  get device(): Readonly<ExactJsonObject> {
    const known = Object.entries(this.#device).filter(([name]) => DEVICE_IN_UPLOADS.has(name));
    return Object.fromEntries(known);
  }
  get csrfToken(): string {
    const fromCookie = this.#login.cookie("csrftoken");
    if (fromCookie !== "") return fromCookie;
    this.#madeUpCsrfToken ??= randomBytes(32).toString("hex");
    return this.#madeUpCsrfToken;
  }

  /** pk of the logged-in account as a decimal string, null before login. */
  get userId(): string | null {
    return this.#login.userId;
  }
  /** pk of the account that was last logged in. During a relogin the app still sends it. */
  get accountId(): string | null {
    return this.#login.accountId;
  }
  /** Upstream session id (the cookie's value, `%3A` kept), null before login. A secret. */
  get sessionId(): string | null {
    return this.#login.sessionId;
  }

  /** Value of the Authorization header, null if the session has cookies alone. A secret. */
  get authorization(): string | null {
    return this.#login.authorization;
  }

  /** Value of the Cookie header, null when there is none. A secret. */
  get cookieHeader(): string | null {
    return this.#login.cookieHeader;
  }

  cookie(name: string): string | null {
    return this.#login.cookie(name) || null;
  }

  /** The settings that go into headers unchanged, by the setting's name. */
  headerValues(): [setting: string, value: string][] {
    return [
      ["mid", this.#mid ?? ""],
      ["ig_u_rur", this.#igURur ?? ""],
      ["ig_www_claim", this.#igWwwClaim ?? ""],
      ["cookies", this.cookieHeader ?? ""],
      ["device_settings", this.bloksVersioningId],
      ["user_agent", this.#userAgent],
      ["country", this.#country],
      ["locale", this.#locale],
      ["uuids", Object.values(this.ids).join("")],
    ];
  }

  /** These three store a value that a response header has set. */
  setMid(value: string): void {
    if (value !== this.#mid) {
      this.#mid = value;
      this.#changed("mid");
    }
  }
  setIgURur(value: string): void {
    if (value !== this.#igURur) {
      this.#igURur = value;
      this.#changed("ig_u_rur");
    }
  }
  setIgWwwClaim(value: string): void {
    if (value !== this.#igWwwClaim) {
      this.#igWwwClaim = value;
      this.#changed("ig_www_claim");
    }
  }

  /**
   * Forgets where the last answers have led to, as an app that has just been started: what is stored
   * of it may be older than what Instagram has.
   */
  forgetRouting(): void {
    this.#setRouting(null, null);
  }

  /**
   * Does not save what the last answers have set, as newer values are stored: it keeps the login and
   * the device.
   */
  dropAnswers(): void {
    this.#unsaved.dropAnswers();
  }

  /** Sets a cookie; an empty value removes it. */
  setCookie(name: string, value: string): void {
    if (!this.#login.setCookie(name, value)) return;
    this.#changed(cookiePart(name));
    if (name === "sessionid") this.#changed("login");
  }

  /** Stores `ig-set-authorization: Bearer IGT:2:<base64 JSON>`. An empty one logs out. */
  setAuthorization(header: string): boolean {
    const data = LoginState.dataIn(header);
    if (data !== undefined) this.setAuthorizationData(data);
    return data !== undefined;
  }

  setAuthorizationData(data: ExactJsonObject): void {
    if (this.#login.setAuthorizationData(data)) this.#changed("login");
  }

  /** Forgets the login but keeps the device: a relogin starts with this. */
  clearLogin(): void {
    this.#login.clear();
    this.#changed("login");
  }

  markLoggedIn(unixSeconds: number): void {
    this.#login.lastLogin = unixSeconds;
    this.#changed("login");
  }

  /** Sets `en_US` or `en-US`, saved as given, and the country with it. Throws InvalidInput. */
  setLocale(locale: string): void {
    const value = locale.trim();
    if (!isLocale(value))
      throw new InvalidInput(
        "locale",
        "must be a language and a country that exist, such as en_US or fil_PH",
      );
    // The user agent may spell the old locale in another way than the settings do.
    for (const old of [this.#locale, appLocale(this.#locale), this.#locale.replaceAll("_", "-")])
      this.#userAgent = this.#userAgent.replaceAll(`; ${old};`, `; ${appLocale(value)};`);
    this.#locale = value;
    this.#country = countryOf(value) ?? this.#country;
    this.#deviceChanged("locale");
  }

  /**
   * Pins another release of the app. The version in the settings and the user agent changes; what
   * Instagram recognises the device by stays.
   */
  pinProfile(profile: AppProfile): void {
    const before = { version: this.appVersion, code: textOr(this.#device.version_code, "") };
    this.#device = sharedDevice({
      ...this.#device,
      app_version: profile.appVersion,
      version_code: profile.versionCode,
      bloks_versioning_id: profile.bloksVersioningId,
    });
    const namesVersion =
      /^\d+$/.test(before.code) &&
      this.#userAgent.includes(`Instagram ${before.version} `) &&
      this.#userAgent.includes(`; ${before.code})`);
    // A user agent in another form is made anew instead of patched.
    this.#userAgent = namesVersion
      ? this.#userAgent
          .replace(`Instagram ${before.version} `, `Instagram ${profile.appVersion} `)
          .replace(`; ${before.code})`, `; ${profile.versionCode})`)
      : userAgentOf(this.#device, this.#locale);
    this.#deviceChanged("profile");
  }

  /** Takes seconds from UTC as text, e.g. `10800`. Throws InvalidInput. */
  setTimezoneOffset(seconds: string): void {
    const value = seconds.trim();
    const number = Number(value);
    if (!/^[+-]?\d{1,6}$/.test(value) || Math.abs(number) > 14 * 3600)
      throw new InvalidInput("timezone", "must be seconds from UTC, -50400 to 50400");
    this.#timezoneOffset = number;
    this.#deviceChanged("timezone_offset");
  }

  /** The settings to save or export: known keys first, in the order that aiograpi writes them. */
  toSettings(): ExactJsonObject {
    const { uuids, ...others } = this.#others === "" ? {} : objectOr(parseExact(this.#others));
    return {
      uuids: { ...objectOr(uuids), ...this.ids },
      mid: this.#mid,
      ig_u_rur: this.#igURur,
      ig_www_claim: this.#igWwwClaim,
      ...this.#login.toSettings(),
      device_settings: { ...this.#device },
      user_agent: this.#userAgent,
      country: this.#country,
      country_code: this.#countryCode,
      locale: this.#locale,
      timezone_offset: this.#timezoneOffset,
      ...CLIENT_OPTIONS,
      ...others,
    };
  }

  /** An independent copy, unsaved changes included. */
  copy(): SessionState {
    const copy = new SessionState(this.toSettings(), this.profiles);
    copy.#login.rememberAccount(this.#login);
    copy.#madeUpCsrfToken = this.#madeUpCsrfToken;
    copy.#savedLogin = this.#savedLogin;
    copy.#unsaved = this.#unsaved.copy();
    copy.revision = this.revision;
    return copy;
  }

  /** Whether anything has changed since the last save. */
  get isDirty(): boolean {
    return !this.#unsaved.isEmpty;
  }
  /** Whether the login has changed: it must be on disk before an answer goes out. */
  get isLoginDirty(): boolean {
    return this.#unsaved.has("login");
  }
  get login(): Login {
    return this.#login.login;
  }
  hasLogin(login: Login): boolean {
    return this.#login.isLogin(login);
  }

  snapshot(): Snapshot {
    return { revision: this.revision, login: this.login };
  }

  /** Notes that the state was saved as of a snapshot. Later changes are still unsaved. */
  markSaved({ revision, login }: Snapshot): void {
    this.#savedLogin = login;
    this.#unsaved.markSaved(revision);
  }

  /**
   * Adds the unsaved changes of another state of the same session to this one. Changes of the login
   * that came from answers to requests ("renewed") are added only if this state still has the login
   * that those requests were made with. A "new" login replaces any other.
   */
  mergeUnsaved(from: SessionState, login: "renewed" | "new" = "renewed"): void {
    const unsaved = from.#unsaved;
    const isNew = login === "new" && unsaved.has("login");
    if (unsaved.has("mid") && from.#mid !== null) this.setMid(from.#mid);
    if (isNew || this.hasLogin(from.#savedLogin)) this.#takeLogin(from, isNew);
    if (unsaved.has("profile")) this.pinProfile(profileOf(from.#device));
    if (unsaved.has("locale")) this.setLocale(from.#locale);
    if (unsaved.has("timezone_offset")) this.setTimezoneOffset(String(from.#timezoneOffset));
  }

  #takeLogin(from: SessionState, isNew: boolean): void {
    const unsaved = from.#unsaved;
    const cookies = unsaved.cookies();
    const header = unsaved.has("login");
    this.#login.copyFrom(from.#login, { cookies: isNew ? "all" : cookies, header });
    for (const name of cookies) this.#changed(cookiePart(name));
    if (header) this.#changed("login");
    // They may have been forgotten.
    this.#setRouting(
      unsaved.has("ig_u_rur") ? from.#igURur : this.#igURur,
      unsaved.has("ig_www_claim") ? from.#igWwwClaim : this.#igWwwClaim,
    );
  }

  #setRouting(rur: string | null, claim: string | null): void {
    if (rur !== this.#igURur) this.#changed("ig_u_rur");
    if (claim !== this.#igWwwClaim) this.#changed("ig_www_claim");
    this.#igURur = rur;
    this.#igWwwClaim = claim;
  }

  #changed(part: StatePart): void {
    this.revision++;
    this.#unsaved.add(part, this.revision);
  }

  #deviceChanged(part: StatePart): void {
    this.#changed(part);
    this.deviceRevision++;
  }
}

const profileOf = (device: Readonly<ExactJsonObject>): AppProfile => ({
  appVersion: textOr(device.app_version, ""),
  versionCode: textOr(device.version_code, ""),
  bloksVersioningId: textOr(device.bloks_versioning_id, ""),
});

function countryOf(locale: string): string | null {
  return /[_-]([A-Za-z]{2})$/.exec(locale)?.[1] ?? null;
}
