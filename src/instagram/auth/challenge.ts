import { InvalidInput } from "../../problems/problem.ts";
import type { Client } from "../client.ts";
import { challengeHints } from "../error-kinds.ts";
import { ACCOUNT_CLOSED, challengePathIn, isRefusal, UpstreamRefused } from "../errors.ts";
import {
  type ExactJson,
  type ExactJsonObject,
  type JsonObject,
  objectOr,
  stringifyJson,
  textOf,
} from "../json.ts";
import { jsonIn, whole } from "../readings.ts";
import { deadEndOf, refused } from "../refusals.ts";
import { type RequestBody, signed } from "../signing.ts";
import type { UpstreamAnswer } from "../transport/request.ts";
import { send } from "../transport.ts";
import { answerContactForm, startContactForm } from "./challenge-form.ts";
import {
  CHOICE_EMAIL,
  CHOICE_SMS,
  type ChallengeProgress,
  CodeRefused,
  onlyInTheApp,
} from "./challenge-parts.ts";

/*
 * The app's older challenge, `/challenge/{user id}/{nonce}/`: Instagram sends a code by e-mail or
 * SMS, which must be submitted. No call waits for a person: a first call has the code sent, a
 * second one submits it, and the caller keeps the progress in between.
 */

export interface ChallengeInput {
  /** Instagram's answer that asked for the challenge; holds `challenge.api_path`. */
  lastJson: ExactJsonObject;
  securityCode: string | null;
  /** From an earlier call for the same challenge. The code was sent then and is not sent again. */
  progress: ChallengeProgress | null;
}

export type ChallengeOutcome =
  | { status: "resolved" }
  | { status: "code_needed"; progress: ChallengeProgress; contactPoint: string | null }
  /**
   * With progress, the next call may submit another code. Without it, no code ends the challenge.
   */
  | { status: "refused"; progress: ChallengeProgress | null; refusal: UpstreamRefused };

const CODE_STEPS = new Set([
  "verify_email",
  "verify_email_code",
  "verify_code",
  "verify_sms",
  "verify_sms_code",
  "verify_phone",
  "verify_phone_code",
]);
const CONSENT_STEPS = new Set([
  "delta_login_review",
  "delta_acknowledge_approved",
  "scraping_warning",
]);
const CHOICE_STEPS = new Set(["select_verify_method", "select_contact_point_recovery"]);

/**
 * Reads `challenge.api_path` from a caller's `last_json`, without `/api/v1`; null for the path of a
 * challenge that no code can end. Throws InvalidInput, and UpstreamRefused (AccountSuspended and
 * the like) if Instagram has closed the account.
 */
export function challengePathOf(lastJson: ExactJsonObject): string | null {
  const deadEnd = deadEndOf(lastJson);
  if (deadEnd) throw refused(deadEnd, 400, lastJson);
  const challenge = objectOr(lastJson.challenge);
  const apiPath = challenge.api_path;
  if (typeof apiPath !== "string" || !apiPath.startsWith("/"))
    throw new InvalidInput("last_json", "must hold challenge.api_path, as the error carried it");
  return challengePathIn(lastJson);
}

/**
 * Where steps without a choice are answered: under `/api`, but `/challenge/` alone under `/api/v1`.
 */
const unversioned = (apiPath: string): string =>
  apiPath === "/challenge/" ? `/api/v1${apiPath}` : `/api${apiPath}`;

/**
 * Takes one step in resolving a challenge. Throws UpstreamRefused (ChallengeRequired) if only a
 * person in the app can resolve it.
 */
export async function resolveChallenge(
  client: Client,
  input: ChallengeInput,
): Promise<ChallengeOutcome> {
  try {
    return await continueChallenge(client, input);
  } catch (error) {
    if (isRefusal(error, ...ACCOUNT_CLOSED))
      return { status: "refused", progress: null, refusal: error };
    // Another challenge in the middle of this one cannot be resolved here.
    if (isRefusal(error, "ChallengeRequired"))
      throw error.as(error.kind, error.message, challengeHints.inTheApp);
    throw error;
  }
}

async function continueChallenge(client: Client, input: ChallengeInput): Promise<ChallengeOutcome> {
  const apiPath = challengePathOf(input.lastJson);
  if (apiPath === null)
    throw onlyInTheApp("Instagram wants this challenge confirmed in the app", input.lastJson);
  if (input.progress?.apiPath === apiPath && input.securityCode)
    return submitCode(client, input.progress, input.securityCode, input.lastJson);

  let step: JsonObject;
  try {
    step = jsonIn(await openChallenge(client, apiPath, input.lastJson));
  } catch (error) {
    // Some challenges have only a web page; their path in the app answers with the challenge again.
    if (isRefusal(error, "ChallengeRequired")) {
      const progress = await startContactForm(client, apiPath, input.lastJson);
      return progress === "resolved"
        ? { status: "resolved" }
        : submitOrAsk(client, input, progress, null);
    }
    throw error;
  }
  return takeStep(client, input, apiPath, step);
}

async function takeStep(
  client: Client,
  input: ChallengeInput,
  apiPath: string,
  step: JsonObject,
): Promise<ChallengeOutcome> {
  const stepName = textOf(step.step_name);
  const stepData = objectOr(step.step_data);
  if (stepName === "" && step.action === "close") return { status: "resolved" };
  if (CONSENT_STEPS.has(stepName)) {
    await post(client, unversioned(apiPath), signed({ choice: CHOICE_SMS }));
    return { status: "resolved" };
  }
  if (CODE_STEPS.has(stepName)) {
    // Unlike choices, answers to this step go to the path without a version.
    const progress = { apiPath, submitPath: unversioned(apiPath) };
    return submitOrAsk(client, input, progress, contactPointOf(stepData));
  }
  if (CHOICE_STEPS.has(stepName)) {
    const submitPath = `/api/v1${apiPath}`;
    const next = await choose(client, submitPath, stepData, input.lastJson);
    const nextData = objectOr(next.step_data);
    return submitOrAsk(
      client,
      input,
      { apiPath, submitPath },
      contactPointOf(nextData) ?? contactPointOf(stepData),
    );
  }
  throw onlyInTheApp(
    `Only a person in the app can complete this challenge's step "${stepName || "unknown"}"`,
    input.lastJson,
  );
}

/**
 * Has the code sent by e-mail, or by SMS if there is no address or Instagram refuses that choice.
 */
async function choose(
  client: Client,
  submitPath: string,
  stepData: JsonObject,
  lastJson: ExactJsonObject,
): Promise<JsonObject> {
  const choices = [
    ...("email" in stepData ? [CHOICE_EMAIL] : []),
    ...("phone_number" in stepData ? [CHOICE_SMS] : []),
  ];
  for (const choice of choices)
    try {
      return await post(client, submitPath, signed({ choice }));
    } catch (error) {
      const isLast = choice === choices.at(-1);
      if (isLast || !(error instanceof UpstreamRefused) || !CHOICE_REFUSED.test(error.message))
        throw error;
    }
  throw onlyInTheApp("Instagram offers neither e-mail nor SMS for this challenge", lastJson);
}

const CHOICE_REFUSED = /^Select a valid choice/;

/** Submits the caller's code, or asks for one. */
function submitOrAsk(
  client: Client,
  input: ChallengeInput,
  progress: ChallengeProgress,
  contactPoint: string | null,
): Promise<ChallengeOutcome> {
  return input.securityCode
    ? submitCode(client, progress, input.securityCode, input.lastJson)
    : Promise.resolve({ status: "code_needed", progress, contactPoint });
}

async function submitCode(
  client: Client,
  progress: ChallengeProgress,
  code: string,
  lastJson: ExactJsonObject,
): Promise<ChallengeOutcome> {
  try {
    if ("csrfToken" in progress) await answerContactForm(client, progress, code, lastJson);
    else await enterCode(client, progress.submitPath, code, lastJson);
    return { status: "resolved" };
  } catch (error) {
    if (!(error instanceof CodeRefused)) throw error;
    return { status: "refused", progress, refusal: error };
  }
}

/** Refusals that a wrong code may get: the challenge again, or one without a more specific kind. */
const WRONG_CODE = ["UnknownError", "ClientStatusFail", "ChallengeRequired"] as const;

async function enterCode(
  client: Client,
  submitPath: string,
  code: string,
  lastJson: ExactJsonObject,
): Promise<void> {
  let body: JsonObject;
  try {
    body = await post(client, submitPath, signed({ security_code: code }));
  } catch (error) {
    if (isRefusal(error, ...WRONG_CODE)) throw new CodeRefused(error.message, lastJson);
    throw error;
  }
  const step = textOf(body.step_name);
  if (CODE_STEPS.has(step)) throw new CodeRefused("Instagram asks for the code again", lastJson);
  if (step === "review_contact_point_change") await post(client, submitPath, signed({ choice: 0 }));
  else if (body.action !== "close")
    throw onlyInTheApp("Instagram did not close the challenge after the code", lastJson);
}

/** `GET /api/v1/challenge/{user id}/{nonce}/` with the device's ids and the challenge's context. */
function openChallenge(
  client: Client,
  apiPath: string,
  lastJson: ExactJsonObject,
): Promise<UpstreamAnswer> {
  const { ids } = client.state;
  const context = contextOf(apiPath, lastJson);
  return send(client, whole, {
    effect: "step",
    method: "GET",
    path: `/api/v1${apiPath}`,
    query:
      context === null
        ? []
        : [
            ["guid", ids.uuid],
            ["device_id", ids.android_device_id],
            ["challenge_context", context],
          ],
    as: "device",
  });
}

/** The context that Instagram sent, or one made from the path; null if the path names no user. */
function contextOf(apiPath: string, lastJson: ExactJsonObject): string | null {
  const challenge = objectOr(lastJson.challenge);
  const given = challenge.challenge_context;
  if (typeof given === "string" && given !== "") return given;
  const [, , userId = "", nonce] = apiPath.split("/");
  if (!/^\d+$/.test(userId) || nonce === undefined) return null;
  return `{"step_name": "", "nonce_code": ${stringifyJson(nonce)}, "user_id": ${userId}, "is_stateless": false}`;
}

async function post(client: Client, path: string, body: RequestBody): Promise<JsonObject> {
  const answer = await send(client, whole, {
    effect: "write",
    method: "POST",
    path,
    body,
    as: "device",
  });
  // Most steps answer with an empty one. It must not log out a session that has a login.
  const authorization = answer.headers.get("ig-set-authorization")?.trim();
  if (authorization && !authorization.endsWith(":")) client.state.setAuthorization(authorization);
  return jsonIn(answer);
}

function contactPointOf(stepData: JsonObject): string | null {
  const value = stepData.contact_point ?? stepData.email ?? stepData.phone_number;
  return typeof value === "string" ? value : null;
}

/** Reads the stored progress of a challenge; null if it is not usable. */
export function challengeProgressOf(kept: ExactJson | undefined): ChallengeProgress | null {
  const { apiPath, submitPath, csrfToken, cookies } = objectOr(kept);
  if (typeof apiPath !== "string" || typeof submitPath !== "string") return null;
  const progress = { apiPath, submitPath };
  return typeof csrfToken === "string"
    ? { ...progress, csrfToken, cookies: textsIn(objectOr(cookies)) }
    : progress;
}

const textsIn = (values: ExactJsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
