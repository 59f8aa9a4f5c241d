import { invalidParameter, ok, refuse, WAIT_A_FEW_MINUTES } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { demandChallenge } from "./challenge.ts";
import { refuseClosed } from "./closed-account.ts";
import { loggedIn, visitorHeaders } from "./login-answer.ts";
import { passwordKey, readPassword } from "./password.ts";
import type { Exchange, Route } from "./router.ts";
import { SANDBOX_ACCOUNTS } from "./sandbox.ts";
import { fixedOf, SANDBOX_CODE, SANDBOX_PASSWORD } from "./seed/fixtures.ts";
import type { Person } from "./seed/people.ts";
import { issueTwoFactorIdentifier, readTwoFactorIdentifier } from "./token.ts";
import { acceptsTotp } from "./totp.ts";
import { isAndroidId, isUuid } from "./verify.ts";
import type { World } from "./world.ts";

/** The app's first requests, login and logout. */
export const AUTH: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/launcher/sync/",
    access: "app",
    requiredFields: ["id"],
    handle: (exchange) => ok({ configs: {} }, visitorHeaders(exchange)),
  },
  { method: "GET", path: "/api/v1/qe/sync/", access: "open", handle: experiments },
  {
    method: "POST",
    path: "/api/v1/qe/sync/",
    access: "app",
    requiredFields: ["id"],
    handle: experiments,
  },
  {
    method: "POST",
    path: "/api/v1/qe/expose/",
    requiredFields: ["id", "experiment"],
    handle: () => ok(),
  },
  {
    method: "POST",
    path: "/api/v1/accounts/login/",
    access: "app",
    requiredFields: ["username", "enc_password", "device_id", "guid", "phone_id"],
    handle: login,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/two_factor_login/",
    access: "app",
    requiredFields: ["username", "verification_code", "two_factor_identifier", "device_id", "guid"],
    handle: twoFactorLogin,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/logout/",
    body: "form",
    handle: ({ world, sessionId }) => {
      world.logins.endSession(sessionId);
      return ok({ login_nonce: null });
    },
  },
];

/** Publishes the password key in headers; the body lists no experiments. */
async function experiments(exchange: Exchange): Promise<Response> {
  const key = await passwordKey();
  const headers = visitorHeaders(exchange);
  headers.set("ig-set-password-encryption-key-id", String(key.id));
  headers.set("ig-set-password-encryption-pub-key", key.publicKey);
  return ok({ experiments: [] }, headers);
}

async function login({ fields, world, now, request }: Exchange): Promise<Response> {
  checkDevice(fields);
  checkJazoest(fields);
  const username = (textField(fields, "username") ?? "").toLowerCase();
  const account = world.people.byUsername(username);
  if (account === undefined) throw unknownUsername();
  const { username: named } = fixedOf(account);
  if (named === "sandbox_throttled") throw refuse(400, WAIT_A_FEW_MINUTES);
  const password = await readPassword(textField(fields, "enc_password") ?? "");
  if (password !== SANDBOX_PASSWORD || !isSandbox(account)) throw badPassword();
  refuseClosed(account);
  const guid = textField(fields, "guid") ?? "";
  const trusted = world.logins.trusts(account, guid);
  if (named === "sandbox_challenge" && !trusted) throw demandChallenge(world, account, guid);
  if (needsSecondFactor(world, account) && !trusted)
    throw secondFactorRequired(world, account, now);
  return loggedIn(account, request, now);
}

function twoFactorLogin({ fields, world, now, request }: Exchange): Response {
  checkDevice(fields);
  const username = (textField(fields, "username") ?? "").toLowerCase();
  const account = world.people.byUsername(username);
  const identifier = textField(fields, "two_factor_identifier") ?? "";
  if (account === undefined || readTwoFactorIdentifier(identifier, now) !== account.pk) {
    throw refuse(400, "Invalid Parameters", "invalid_parameters");
  }
  const code = (textField(fields, "verification_code") ?? "").replaceAll(" ", "");
  if (code !== SANDBOX_CODE && !acceptsTotp(world, account, code, now)) {
    throw refuse(
      400,
      "Please check the security code and try again.",
      "sms_code_validation_code_invalid",
      { error_title: "Incorrect security code" },
    );
  }
  if (textField(fields, "trust_this_device") === "1") {
    world.logins.trust(account, textField(fields, "guid") ?? "");
  }
  return loggedIn(account, request, now);
}

function isSandbox(account: Person): boolean {
  return SANDBOX_ACCOUNTS.some((sandbox) => sandbox.pk === account.pk);
}

function checkDevice(fields: Fields): void {
  if (!isUuid(textField(fields, "guid") ?? "")) throw invalidParameter("guid");
  if (!isAndroidId(textField(fields, "device_id") ?? "")) throw invalidParameter("device_id");
}

/** `jazoest` is "2" and the sum of the phone id's character codes. */
function checkJazoest(fields: Fields): void {
  const phoneId = textField(fields, "phone_id") ?? "";
  if (!isUuid(phoneId)) throw invalidParameter("phone_id");
  let sum = 0;
  for (let at = 0; at < phoneId.length; at++) sum += phoneId.charCodeAt(at);
  if (textField(fields, "jazoest") !== `2${sum}`) throw invalidParameter("jazoest");
}

function needsSecondFactor(world: World, account: Person): boolean {
  return (
    fixedOf(account).username === "sandbox_2fa" ||
    world.logins.totp.get(account.pk)?.enabled === true
  );
}

function secondFactorRequired(world: World, account: Person, now: number): Error {
  const totp = world.logins.totp.get(account.pk)?.enabled === true;
  return refuse(400, "", "two_factor_required", {
    two_factor_required: true,
    two_factor_info: {
      pk: account.pk,
      username: account.username,
      sms_two_factor_on: !totp,
      whatsapp_two_factor_on: false,
      totp_two_factor_on: totp,
      eligible_for_multiple_totp: totp,
      obfuscated_phone_number: "0000",
      obfuscated_phone_number_2: "+1 *** *** **00",
      two_factor_identifier: issueTwoFactorIdentifier(account.pk, now),
      show_messenger_code_option: false,
      show_new_login_screen: true,
      show_trusted_device_option: true,
      should_opt_in_trusted_device_option: true,
      pending_trusted_notification: false,
      sms_not_allowed_reason: null,
    },
    phone_verification_settings: {
      max_sms_count: 2,
      resend_sms_delay_sec: 60,
      robocall_count_down_time_sec: 30,
      robocall_after_max_sms: true,
    },
  });
}

function unknownUsername(): Error {
  return refuse(
    400,
    "The username you entered doesn't appear to belong to an account. Please check your username and try again.",
    "invalid_user",
    { invalid_credentials: true, error_title: "Incorrect Username", buttons: [] },
  );
}

function badPassword(): Error {
  return refuse(400, "The password you entered is incorrect. Please try again.", "bad_password", {
    invalid_credentials: true,
    error_title: "Incorrect password for account",
    buttons: [],
  });
}
