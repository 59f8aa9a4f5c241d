import { createHash } from "node:crypto";
import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { loggedIn } from "./login-answer.ts";
import type { Exchange, Route } from "./router.ts";
import { SANDBOX_CODE, SANDBOX_PK } from "./seed/fixtures.ts";
import type { Person } from "./seed/people.ts";
import type { Challenge } from "./world/logins.ts";
import type { World } from "./world.ts";

/**
 * The legacy challenge. GET gives the step; the first POST chooses where the code is sent (0 SMS,
 * 1 e-mail), the second one carries the code. Some clients leave out `/v1`.
 */
export const CHALLENGE: readonly Route[] = ["/api/v1/challenge", "/api/challenge"].flatMap(
  (root): Route[] => [
    {
      method: "GET",
      path: `${root}/{user_id}/{nonce}/`,
      access: "app",
      handle: (exchange) => stepOf(challengeOf(exchange)),
    },
    { method: "POST", path: `${root}/{user_id}/{nonce}/`, access: "app", handle: advance },
    {
      method: "POST",
      path: `${root}/replay/{user_id}/{nonce}/`,
      access: "app",
      requiredFields: ["choice"],
      handle: choose,
    },
    {
      method: "POST",
      path: `${root}/reset/{user_id}/{nonce}/`,
      access: "app",
      handle: (exchange) => {
        const challenge = challengeOf(exchange);
        challenge.contact = undefined;
        return stepOf(challenge);
      },
    },
  ],
);

/** The refusal that demands a challenge of an account on a device; the same challenge until it is passed. */
export function demandChallenge(world: World, account: Person, guid: string): Error {
  const nonce = createHash("sha256").update(`${account.pk} ${guid}`).digest("hex").slice(0, 10);
  const { challenges } = world.logins;
  if (challenges.get(nonce) === undefined)
    challenges.set(nonce, { pk: account.pk, guid, nonce, contact: undefined });
  const path = `/challenge/${account.pk}/${nonce}/`;
  return refuse(400, "challenge_required", "checkpoint_challenge_required", {
    challenge: {
      url: `https://i.instagram.com${path}`,
      api_path: path,
      hide_webview_header: true,
      lock: true,
      logout: false,
      native_flow: true,
      flow_render_type: 0,
      challenge_context: JSON.stringify({
        step_name: "",
        nonce_code: nonce,
        user_id: account.pk,
        is_stateless: false,
      }),
    },
  });
}

/**
 * A challenge of the account `sandbox` that always waits for its code, so that documentation can name
 * it. Passing it changes nothing.
 */
const STANDING: Challenge = { pk: SANDBOX_PK, guid: "", nonce: "sandbox", contact: "email" };

function challengeOf(exchange: Exchange): Challenge {
  const nonce = exchange.param("nonce");
  const challenge =
    nonce === STANDING.nonce ? { ...STANDING } : exchange.world.logins.challenges.get(nonce);
  if (challenge === undefined || String(challenge.pk) !== exchange.param("user_id")) {
    throw refuse(404, "Challenge not found");
  }
  return challenge;
}

function advance(exchange: Exchange): Response {
  const code = textField(exchange.fields, "security_code");
  if (code === undefined) return choose(exchange);
  const challenge = challengeOf(exchange);
  if (challenge.contact === undefined) throw invalidParameter("choice");
  if (code.replaceAll(" ", "") !== SANDBOX_CODE) {
    throw refuse(400, "Please check the code we sent you and try again.", undefined, {
      challenge: { ...fieldsOf(challenge) },
    });
  }
  const { world, request, now } = exchange;
  const account = world.people.byPk(challenge.pk);
  if (account === undefined) throw refuse(404, "Challenge not found");
  world.logins.challenges.delete(challenge.nonce);
  world.logins.trust(challenge, challenge.guid);
  return loggedIn(account, request, now, { action: "close" });
}

function choose(exchange: Exchange): Response {
  const challenge = challengeOf(exchange);
  const choice = textField(exchange.fields, "choice");
  if (choice !== "0" && choice !== "1") {
    throw refuse(
      400,
      `Select a valid choice. ${choice ?? ""} is not one of the available choices.`,
    );
  }
  challenge.contact = choice === "0" ? "sms" : "email";
  return stepOf(challenge);
}

function stepOf(challenge: Challenge): Response {
  return ok(fieldsOf(challenge));
}

function fieldsOf({ pk, nonce, contact }: Challenge): JsonObject {
  const common = { nonce_code: nonce, user_id: pk };
  if (contact === undefined) {
    return {
      step_name: "select_verify_method",
      step_data: {
        choice: "1",
        fb_access_token: "None",
        big_blue_token: "None",
        google_oauth_token: "true",
        vetted_device: "None",
        phone_number: "+1 *** ***-**-00",
        email: "s*****x@e******.com",
      },
      ...common,
    };
  }
  return {
    step_name: contact === "sms" ? "verify_code" : "verify_email",
    step_data: {
      security_code: "None",
      resend_delay: 60,
      contact_point: contact === "sms" ? "+1 *** ***-**-00" : "s*****x@e******.com",
      form_type: contact === "sms" ? "phone_number" : "email",
    },
    ...common,
  };
}
