import { Type } from "@sinclair/typebox";
import type { AuditLog } from "../audit/audit-log.ts";
import { DOCUMENT_BODY_BYTES } from "../http/body-size.ts";
import { jsonDocument } from "../http/json-document.ts";
import { UPSTREAM_PROBLEMS } from "../http/openapi-problems.ts";
import type { ProblemType } from "../http/problems.ts";
import {
  type Operation,
  operations,
  PassedThrough,
  withKey,
  withOptionalSession,
  withSession,
} from "../http/route.ts";
import { InvalidInput } from "../problems/problem.ts";
import type { Owner } from "../sessions/account-sessions.ts";
import { takeChallengeStep } from "../sessions/verbs/challenge.ts";
import type { LoginDependencies } from "../sessions/verbs/dependencies.ts";
import { logIn } from "../sessions/verbs/login.ts";
import { logInBySessionId } from "../sessions/verbs/login-by-session-id.ts";
import { renewLogin } from "../sessions/verbs/relogin.ts";
import { changeSettings, exportSettings, importSettings } from "../sessions/verbs/settings.ts";
import { setUpTotp, turnOffTotp } from "../sessions/verbs/totp.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import {
  BackupCodes,
  clientOptions,
  ifGiven,
  locale,
  newSession,
  proxy,
  proxyCountry,
  proxyId,
  SessionId,
  settingsChanges,
  TotpSecret,
  timezone,
} from "./auth-fields.ts";

const { post, patch, get, remove } = operations("Auth");

/** What may come of looking for a session's proxy. */
const PROXY_PROBLEMS: readonly ProblemType[] = [
  "ProxyNotFound",
  "ProxyRequired",
  "NoProxyAvailable",
];

const LOGIN_ERRORS: readonly ProblemType[] = [
  "BadPassword",
  "UnknownUsername",
  "TwoFactorRequired",
  "UrlNotAllowed",
  "SessionCoolingDown",
  "SessionElsewhere",
  ...PROXY_PROBLEMS,
  ...UPSTREAM_PROBLEMS,
];

/** `/auth/*`: logging in, importing, renewing and inspecting sessions. */
export const authRoutes = (
  logins: LoginDependencies,
  audit: Pick<AuditLog, "record">,
): Operation[] => [
  post(
    "/auth/login",
    {
      operationId: "postAuthLogin",
      summary: "Log in with username and password",
      description:
        "Logs an account in and answers the session ID. If the account already has a session, the login uses it: the session ID, the device and, if you name no other, the proxy stay the same. A session without a proxy gets one of yours if you have any: of the locale's country if there is such a one, with the fewest sessions. The old login stays valid until the new one has succeeded. If a code or a challenge is needed, the next step comes from the same device.",
      access: withKey("auth"),
      body: {
        username: Type.String({
          minLength: 1,
          description: "Instagram username.",
          examples: ["sandbox"],
        }),
        password: Type.String({
          minLength: 1,
          format: "password",
          description: "Instagram password.",
          examples: ["sandbox"],
        }),
        verification_code: Type.Optional(
          Type.String({
            default: "",
            description:
              "Two-factor code from SMS, e-mail or an authenticator. When the answer is TwoFactorRequired, send the same username and password with it.",
          }),
        ),
        proxy,
        proxy_id: proxyId,
        proxy_country: proxyCountry,
        locale,
        timezone,
        new_session: newSession,
      },
      returns: SessionId,
      errors: [...LOGIN_ERRORS, "SessionLimitReached"],
    },
    ({ body, key, context }) => {
      context.account = body.username;
      return logIn(
        logins,
        ownerOf(key),
        {
          username: body.username,
          password: body.password,
          ...ifGiven("verificationCode", body.verification_code),
          ...clientOptions(body),
          newSession: body.new_session,
        },
        context,
      );
    },
  ),
  post(
    "/auth/login/by/sessionid",
    {
      operationId: "postAuthLoginBySessionid",
      summary: "Create a session from an existing session ID",
      description:
        "Takes over a login made elsewhere. If the account already has a session, that session gets the login. It gets a proxy as with POST /auth/login.",
      access: withKey("auth"),
      body: {
        sessionid: Type.String({
          minLength: 1,
          description: "Value of Instagram's sessionid cookie of a login made elsewhere.",
          // The sandbox accepts this one.
          examples: ["61000000001%3AsandboxExample%3A28%3AAYH27CEJt2MX79hnrIoEI0BJ71bt"],
        }),
        proxy,
        proxy_id: proxyId,
        proxy_country: proxyCountry,
        locale,
        timezone,
        new_session: newSession,
      },
      returns: SessionId,
      errors: [
        "SessionCoolingDown",
        "SessionElsewhere",
        "UserNotFound",
        "UrlNotAllowed",
        "SessionDisabled",
        "SessionLimitReached",
        ...PROXY_PROBLEMS,
        ...UPSTREAM_PROBLEMS,
      ],
    },
    ({ body, key, context }) =>
      logInBySessionId(
        logins,
        ownerOf(key),
        {
          sessionId: body.sessionid,
          ...clientOptions(body),
          newSession: body.new_session,
        },
        context,
      ),
  ),
  patch(
    "/auth/relogin",
    {
      operationId: "patchAuthRelogin",
      summary: "Refresh the current login session",
      description:
        "Logs the session's account in again on the same device, with clean cookies. The old login stays until the new one has succeeded; the session ID does not change.",
      access: withSession("auth"),
      body: {
        password: Type.Optional(
          Type.String({
            format: "password",
            examples: ["sandbox"],
            description:
              "The account's password; needed unless the tenant's policy keeps passwords.",
          }),
        ),
        username: Type.Optional(
          Type.String({
            description: "The account's username; needed if an imported session has none.",
          }),
        ),
        verification_code: Type.Optional(
          Type.String({ description: "Two-factor code, if the account needs one." }),
        ),
      },
      returns: Type.Boolean(),
      errors: [...LOGIN_ERRORS, "CredentialsRequired"],
    },
    async ({ body, key, session }) => {
      await renewLogin(logins, ownerOf(key), session, {
        ...ifGiven("username", body.username),
        ...ifGiven("password", body.password),
        ...ifGiven("verificationCode", body.verification_code),
      });
      return true;
    },
  ),
  get(
    "/auth/settings",
    {
      operationId: "getAuthSettings",
      summary: "Get saved auth settings",
      description:
        "The session's settings in the format of aiograpi's get_settings(). They can be imported there and, with PATCH /auth/settings, here. They contain the login: keep them secret.",
      access: withSession("auth"),
      returns: PassedThrough,
    },
    async ({ session, context }) => {
      await audit.record({
        kind: "session.settings_read",
        tenantId: session.stored.tenantId,
        mode: session.stored.mode,
        sessionId: session.id,
        by: context.actor,
      });
      return exportSettings(session);
    },
  ),
  patch(
    "/auth/settings",
    {
      operationId: "patchAuthSettings",
      summary: "Save auth settings",
      description:
        "With a session: changes its settings, proxy, locale or time zone. Without one, or with new_session: imports settings as a session, which gets a proxy as a login does. Importing the same login again, or a later login of the same account on the same device, gives the same session.",
      access: withOptionalSession("auth"),
      body: {
        settings: Type.Optional(
          jsonDocument({
            description:
              "What GET /auth/settings or aiograpi's get_settings() gave, as JSON text or object. Required when importing without an existing session.",
          }),
        ),
        proxy: Type.Optional(
          Type.String({
            description:
              "Proxy URL of the session. An empty value clears the proxy if no other field is filled in.",
          }),
        ),
        proxy_id: proxyId,
        proxy_country: proxyCountry,
        clear_proxy: Type.Optional(
          Type.Boolean({
            default: false,
            description: "true: the session goes out without a proxy from now on.",
          }),
        ),
        locale: Type.Optional(
          Type.String({ description: "Locale such as en_US.", examples: ["en_US"] }),
        ),
        timezone: Type.Optional(
          Type.String({ description: "Seconds from UTC, for example 10800." }),
        ),
        new_session: newSession,
      },
      returns: SessionId,
      errors: ["UrlNotAllowed", "SessionLimitReached", ...PROXY_PROBLEMS],
      maxBodyBytes: DOCUMENT_BODY_BYTES,
    },
    async ({ body, key, session, context }) => {
      const changes = settingsChanges(body);
      const { new_session: isNew = false } = body;
      if (session && !isNew) {
        if (Object.keys(changes).length === 0)
          throw new InvalidInput(
            "settings",
            "or proxy, proxy_id, proxy_country, clear_proxy, locale or timezone is required",
          );
        await changeSettings(logins, ownerOf(key), session, changes);
        return session.id;
      }
      const { settings } = changes;
      if (settings === undefined)
        throw new InvalidInput("settings", "is required when importing a new session");
      return importSettings(
        logins,
        ownerOf(key),
        { ...changes, settings, newSession: isNew },
        context,
      );
    },
  ),
  post(
    "/auth/totp",
    {
      operationId: "postAuthTotp",
      summary: "Enable TOTP two-factor authentication",
      description:
        "The first call, without verification_code, answers the secret for an authenticator. The second call, with a code from that authenticator, turns two-factor authentication on and answers the backup codes, which are shown only once.",
      access: withSession("auth"),
      body: {
        verification_code: Type.Optional(
          Type.String({
            description:
              "Code from the authenticator that has the secret. Without it, the answer is a secret.",
            examples: ["123456"],
          }),
        ),
      },
      returns: Type.Union([BackupCodes, TotpSecret]),
      aliases: ["/auth/totp/enable"],
    },
    ({ body, session }) => setUpTotp(session, ifGiven("verificationCode", body.verification_code)),
  ),
  remove(
    "/auth/totp",
    {
      operationId: "deleteAuthTotp",
      summary: "Disable TOTP two-factor authentication",
      access: withSession("auth"),
      returns: Type.Boolean(),
    },
    ({ session }) => turnOffTotp(session),
  ),
  post(
    "/auth/challenge/resolve",
    {
      operationId: "postAuthChallengeResolve",
      summary: "Resolve an Instagram login challenge",
      description:
        "After the first call, without security_code, Instagram sends a code. The second call, with this code, closes the challenge. If the account is still not logged in, continue with POST /auth/login: it uses the same device.",
      access: withSession("auth"),
      body: {
        last_json: jsonDocument({
          minLength: 1,
          description: "The last_json that ChallengeRequired carried, as JSON text or object.",
          // This challenge is always open in the sandbox.
          examples: ['{"challenge":{"api_path":"/challenge/61000000001/sandbox/"}}'],
        }),
        security_code: Type.Optional(
          Type.String({
            examples: ["123456"],
            description:
              "Code that Instagram sent by SMS or e-mail. Without it, a code is sent and the answer is ChallengeRequired.",
          }),
        ),
      },
      returns: Type.Boolean(),
      errors: ["SessionCoolingDown"],
      maxBodyBytes: DOCUMENT_BODY_BYTES,
    },
    async ({ body, session }) => {
      await takeChallengeStep(logins, session, {
        lastJson: body.last_json,
        ...ifGiven("securityCode", body.security_code),
      });
      return true;
    },
  ),
];

const ownerOf = (key: AuthenticatedKey): Owner => ({
  tenantId: key.tenantId,
  mode: key.mode,
  storeCredentials: key.policies.storeCredentials,
  proxyPolicy: key.policies.proxyPolicy,
});
