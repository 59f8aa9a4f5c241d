import { Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";
import type { ClientOptions } from "../sessions/login-fields.ts";

/* Fields shared by logins and settings, with their readers, and the schemas of the answers. */

export const proxy = Type.Optional(
  Type.String({
    default: "",
    description:
      "Proxy of the session: http, https, socks5 or socks5h URL with optional credentials.",
    examples: ["socks5://user:password@proxy.example:1080"],
  }),
);
export const proxyId = Type.Optional(
  Type.String({
    default: "",
    description:
      "Id of the proxy that the session is to have, as GET /proxies lists it. Of proxy, proxy_id and proxy_country only one may be sent.",
  }),
);
export const proxyCountry = Type.Optional(
  Type.String({
    default: "",
    description:
      "Country in which the session's proxy must be, by its code of ISO 3166. Of the proxies there, the one with the fewest sessions is taken.",
  }),
);
export const locale = Type.Optional(
  Type.String({ default: "", description: "Locale such as en_US.", examples: ["en_US"] }),
);
export const timezone = Type.Optional(
  Type.String({ default: "", description: "Seconds from UTC.", examples: ["10800"] }),
);

export const SessionId = Type.String({
  description: "Session ID of this service, a ULID: send it as X-Session-ID.",
  examples: ["01K9ZJ5M0T6R3F4C2B1A0XYZWV"],
});

export const newSession = Type.Optional(
  Type.Boolean({
    default: false,
    description:
      "true: the login gets a new session, even if the account already has one. Otherwise it uses the session that the account has, with its device.",
  }),
);

export const BackupCodes = Type.Array(Type.String(), {
  description: "Backup codes. Each works once.",
  examples: [["1234 5678", "8765 4321"]],
});
export const TotpSecret = Type.Object(
  {
    seed: Type.String({
      description: "Secret to type into an authenticator, in base32.",
      examples: ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
    }),
    uri: Type.String({
      description: "The same secret as a URI, for a QR code.",
      examples: [
        "otpauth://totp/Instagram:sandbox?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Instagram",
      ],
    }),
  },
  { title: "TotpSecret" },
);

interface ClientOptionFields {
  proxy?: string;
  proxy_id?: string;
  proxy_country?: string;
  locale?: string;
  timezone?: string;
}

/** The client options that were sent. An empty form field counts as not sent. */
export function clientOptions(body: ClientOptionFields): ClientOptions {
  return {
    ...ifGiven("proxy", body.proxy?.trim()),
    ...ifGiven("proxyId", body.proxy_id?.trim()),
    ...ifGiven("proxyCountry", body.proxy_country?.trim()),
    ...ifGiven("locale", body.locale),
    ...ifGiven("timezone", body.timezone),
  };
}

interface SettingsFields extends ClientOptionFields {
  settings?: string;
  clear_proxy?: boolean;
}

const PROXY_FIELDS = ["proxy", "proxy_id", "proxy_country"] as const;

interface SettingsChanges extends ClientOptions {
  settings?: string;
  clearsProxy?: boolean;
}

/**
 * The changes that a settings request asks for. Forms also send the fields that were left empty, so
 * an empty proxy removes the proxy only if no other field is filled in. Throws InvalidInput if a
 * proxy is given together with clear_proxy.
 */
export function settingsChanges(body: SettingsFields): SettingsChanges {
  const filled = { ...ifGiven("settings", body.settings), ...clientOptions(body) };
  const clears =
    body.clear_proxy || (body.proxy?.trim() === "" && Object.keys(filled).length === 0);
  const named = PROXY_FIELDS.find((name) => (body[name]?.trim() ?? "") !== "");
  if (clears && named !== undefined)
    throw new InvalidInput("clear_proxy", `and ${named} exclude each other`);
  return clears ? { ...filled, clearsProxy: true } : filled;
}

/** An object with the text under this name; an empty object if the text is empty or missing. */
export function ifGiven<K extends string>(
  name: K,
  value: string | undefined,
): { [P in K]?: string } {
  return (value === undefined || value === "" ? {} : { [name]: value }) as { [P in K]?: string };
}
