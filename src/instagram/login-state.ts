import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  objectOr,
  parseBoundedJson,
  parseExact,
  stringifyJson,
} from "./json.ts";
import { idText, textOr } from "./settings-format.ts";

/** Identifies a login, to tell whether a state still has the same one. */
export interface Login {
  /** JSON text, empty when there is none. A secret. */
  readonly authorization: string;
  /** The sessionid cookie. A secret. */
  readonly cookie: string;
}

/** Browsers keep about as many for a site. Instagram sets a dozen short ones. */
const MAX_COOKIES = 100;
const MAX_COOKIE_LENGTH = 4096;

/**
 * Copies cookies into an object without a prototype, so that `constructor` is a name like others.
 */
const jar = (cookies: ExactJsonObject): ExactJsonObject =>
  Object.assign(Object.create(null) as ExactJsonObject, cookies);

/** The login of a device: its authorization data and cookies, and the headers made of them. */
export class LoginState {
  /** Unix seconds, in whatever form they were saved. */
  lastLogin: ExactJson;
  #cookies: ExactJsonObject;
  /** JSON text, empty if there is none. */
  #authorizationData = "";
  #authorizationUserId: string | null = null;
  #authorizationSessionId = "";
  #authorizationHeader: string | null = null;
  /** Undefined until it is made of the current cookies. */
  #cookieHeader: string | null | undefined;
  #userId: string | null;
  #accountId: string | null;

  constructor(saved: ExactJsonObject) {
    this.#cookies = jar(objectOr(saved.cookies));
    this.#readAuthorization(objectOr(saved.authorization_data));
    this.lastLogin = saved.last_login ?? null;
    this.#userId = this.#readUserId();
    this.#accountId = this.#userId;
  }

  get userId(): string | null {
    return this.#userId;
  }
  get accountId(): string | null {
    return this.#accountId;
  }
  get sessionId(): string | null {
    return textOr(this.#cookies.sessionid, this.#authorizationSessionId) || null;
  }

  get authorization(): string | null {
    if (this.#authorizationData === "") return null;
    this.#authorizationHeader ??= `Bearer IGT:2:${Buffer.from(this.#authorizationData).toString(
      "base64",
    )}`;
    return this.#authorizationHeader;
  }

  get cookieHeader(): string | null {
    if (this.#cookieHeader === undefined) {
      const pairs = Object.entries(this.#cookies)
        .filter((entry): entry is [string, string] => typeof entry[1] === "string")
        .map(([name, value]) => `${name}=${value}`);
      this.#cookieHeader = pairs.length > 0 ? pairs.join("; ") : null;
    }
    return this.#cookieHeader;
  }

  cookie(name: string): string {
    return textOr(this.#cookies[name], "");
  }

  get login(): Login {
    return { authorization: this.#authorizationData, cookie: this.cookie("sessionid") };
  }

  isLogin({ authorization, cookie }: Login): boolean {
    return this.#authorizationData === authorization && this.cookie("sessionid") === cookie;
  }

  /** Sets a cookie; an empty value removes it. True if this changed something. */
  setCookie(name: string, value: string): boolean {
    const before = this.#cookies[name];
    if (value === "" ? before === undefined : before === value) return false;
    if (value.length + name.length > MAX_COOKIE_LENGTH) return false;
    if (before === undefined && Object.keys(this.#cookies).length >= MAX_COOKIES) return false;
    if (value === "") delete this.#cookies[name];
    else this.#cookies[name] = value;
    this.#changed();
    return true;
  }

  /** The object in `ig-set-authorization: Bearer IGT:2:<base64 JSON>`, undefined if unreadable. */
  static dataIn(header: string): ExactJsonObject | undefined {
    const encoded = header.slice(header.lastIndexOf(":") + 1).trim();
    if (encoded === "") return {};
    try {
      const data = parseBoundedJson(Buffer.from(encoded, "base64").toString("utf8"));
      return isJsonObject(data) ? data : undefined;
    } catch {
      return undefined;
    }
  }

  /** True if this changed something. */
  setAuthorizationData(data: ExactJsonObject): boolean {
    const before = this.#authorizationData;
    this.#readAuthorization(data);
    if (this.#authorizationData === before) return false;
    this.#changed();
    return true;
  }

  clear(): void {
    this.#cookies = jar({});
    this.#readAuthorization({});
    this.#changed();
  }

  /** Copies another login: all its cookies or the named ones, and its authorization if `header`. */
  copyFrom(from: LoginState, { cookies, header }: { cookies: string[] | "all"; header: boolean }) {
    if (cookies === "all") this.#cookies = jar(from.#cookies);
    else for (const name of cookies) this.setCookie(name, from.cookie(name));
    if (header) {
      this.#readAuthorization(from.#data());
      this.lastLogin = from.lastLogin;
    }
    this.#changed();
  }

  /** Copies which account was last logged in, as that is known even while there is no login. */
  rememberAccount({ accountId }: LoginState): void {
    this.#accountId = accountId;
  }

  toSettings(): {
    authorization_data: ExactJsonObject;
    cookies: ExactJsonObject;
    last_login: ExactJson;
  } {
    return {
      authorization_data: this.#data(),
      cookies: { ...this.#cookies },
      last_login: this.lastLogin,
    };
  }

  #data(): ExactJsonObject {
    return this.#authorizationData === "" ? {} : objectOr(parseExact(this.#authorizationData));
  }

  #readAuthorization(data: ExactJsonObject): void {
    const isEmpty = Object.keys(data).length === 0;
    this.#authorizationData = isEmpty ? "" : stringifyJson(data);
    this.#authorizationUserId = idText(data.ds_user_id);
    this.#authorizationSessionId = textOr(data.sessionid, "");
  }

  #readUserId(): string | null {
    if (this.#authorizationUserId || !this.sessionId) return this.#authorizationUserId;
    return idText(this.#cookies.ds_user_id) ?? /^\d{1,40}(?!\d)/.exec(this.sessionId)?.[0] ?? null;
  }

  #changed(): void {
    this.#authorizationHeader = null;
    this.#cookieHeader = undefined;
    this.#userId = this.#readUserId();
    this.#accountId = this.#userId ?? this.#accountId;
  }
}
