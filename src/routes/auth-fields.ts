import { Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";

/* Fields shared by logins and settings, with their readers, and the schemas of the answers. */

export const proxy = Type.Optional(
  Type.String({
    default: "",
    description:
      "Proxy of the session: http, https, socks5 or socks5h URL with optional credentials.",
    examples: ["socks5://user:password@proxy.example:1080"],
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
  locale?: string;
  timezone?: string;
}

/** The client options that were sent. An empty form field counts as not sent. */
export function clientOptions(body: ClientOptionFields): ClientOptionFields {
  return {
    ...ifGiven("proxy", body.proxy?.trim()),
    ...ifGiven("locale", body.locale),
    ...ifGiven("timezone", body.timezone),
  };
}

interface SettingsFields extends ClientOptionFields {
  settings?: string;
  clear_proxy?: boolean;
}

/**
 * The changes that a settings request asks for. Forms also send the fields that were left empty, so
 * an empty proxy removes the proxy only if no other field is filled in. Throws InvalidInput if a
 * proxy is given together with clear_proxy.
 */
export function settingsChanges(body: SettingsFields): Omit<SettingsFields, "clear_proxy"> {
  const filled = { ...ifGiven("settings", body.settings), ...clientOptions(body) };
  const clears =
    body.clear_proxy || (body.proxy?.trim() === "" && Object.keys(filled).length === 0);
  if (clears && filled.proxy !== undefined)
    throw new InvalidInput("clear_proxy", "and proxy exclude each other");
  return clears ? { ...filled, proxy: "" } : filled;
}

/** An object with the text under this name; an empty object if the text is empty or missing. */
export function ifGiven<K extends string>(
  name: K,
  value: string | undefined,
): { [P in K]?: string } {
  return (value === undefined || value === "" ? {} : { [name]: value }) as { [P in K]?: string };
}
