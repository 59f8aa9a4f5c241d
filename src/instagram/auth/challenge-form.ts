import { createHash } from "node:crypto";
import { APP_ID } from "../app-profiles.ts";
import type { Client } from "../client.ts";
import { UpstreamRefused } from "../errors.ts";
import type { Headers } from "../headers.ts";
import { type ExactJsonObject, isJsonObject, objectOr, scalarText, textOf } from "../json.ts";
import { listOf } from "../paging.ts";
import { jsonIn, whole, wholeOrRedirect } from "../readings.ts";
import { type FormPairs, form } from "../signing.ts";
import { send } from "../transport.ts";
import {
  CHOICE_EMAIL,
  CHOICE_SMS,
  CodeRefused,
  onlyInTheApp,
  type WebProgress,
} from "./challenge-parts.ts";

/*
 * Some challenges lead to a web page, `https://i.instagram.com/challenge/{user id}/{nonce}/`:
 * choose e-mail (or SMS), enter the code, confirm the account's data.
 */

const CODE_FORMS = new Set([
  "VerifyEmailCodeForm",
  "VerifySMSCodeForm",
  "VerifySMSCodeFormForSMSCaptcha",
]);
const AGREE = "0";
const ORIGIN = "https://i.instagram.com";
const WEB_VIEW =
  "Mozilla/5.0 (Linux; Android 8.0.0; MI 5s Build/OPR1.170623.032; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/80.0.3987.149 Mobile Safari/537.36";

/** Opens the page and has a code sent. Returns "resolved" if the page asks for nothing. */
export async function startContactForm(
  client: Client,
  apiPath: string,
  lastJson: ExactJsonObject,
): Promise<WebProgress | "resolved"> {
  const cookies: Record<string, string> = Object.create(null);
  for (const name of ["mid", "csrftoken"]) {
    const value = client.state.cookie(name);
    if (value !== null) cookies[name] = value;
  }
  await openPage(client, apiPath, cookies);
  const csrfToken = cookies.csrftoken ?? "";
  cookies.csrftoken = csrfToken;
  const progress: WebProgress = {
    apiPath,
    submitPath: apiPath,
    csrfToken,
    cookies,
  };

  let result = await submit(client, progress, [["choice", CHOICE_EMAIL]]);
  if (isChoiceRefused(result) && isOffered(result, CHOICE_SMS))
    result = await submit(client, progress, [["choice", CHOICE_SMS]]);
  if (result.challengeType === "SubmitPhoneNumberForm") {
    const fields = objectOr(result.fields);
    result = await submit(client, progress, [
      ["phone_number", textOf(fields.phone_number)],
      ["challenge_context", textOf(result.challenge_context)],
    ]);
  }
  if (isRedirection(result)) return "resolved";
  if (!CODE_FORMS.has(textOf(result.challengeType))) throw unexpected(result, lastJson);
  return progress;
}

/** Forms in which a choice is made. The answer to a refused choice is such a form again. */
const CHOICE_FORMS = new Set(["SelectContactPointRecoveryForm", "SelectVerificationMethodForm"]);

const isChoiceRefused = (result: ExactJsonObject): boolean =>
  CHOICE_FORMS.has(textOf(result.challengeType));

/** Whether a form accepts a choice: it lists the choice as valid, or lists none. */
function isOffered(result: ExactJsonObject, choice: string): boolean {
  const { content } = objectOr(result.extraData);
  const fields = listOf(content, (part) => listOf(objectOr(part).fields, objectOr)).flat();
  const values = fields
    .filter(({ input_name: name = "choice" }) => name === "choice")
    .flatMap((field) => listOf(field.values, (entry) => scalarText(objectOr(entry).value)));
  return values.length === 0 || values.includes(choice);
}

const MAX_HOPS = 5;

/** Loads the page for its cookies and follows redirects within the host. */
async function openPage(
  client: Client,
  apiPath: string,
  cookies: Record<string, string>,
): Promise<void> {
  let path = apiPath;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const page = await send(client, wholeOrRedirect, {
      effect: "step",
      method: "GET",
      path,
      as: { browser: pageHeaders(client, cookies) },
    });
    takeCookies(cookies, page.headers);
    const next = page.status < 300 ? null : URL.parse(page.headers.get("location") ?? "", ORIGIN);
    if (next?.origin !== ORIGIN) return;
    path = next.pathname + next.search;
  }
}

/**
 * Enters the code, and confirms the account's data if the page shows them. Throws CodeRefused,
 * UpstreamRefused.
 */
export async function answerContactForm(
  client: Client,
  progress: WebProgress,
  code: string,
  lastJson: ExactJsonObject,
): Promise<void> {
  const result = await submit(client, progress, [["security_code", code]]);
  const errors = Array.isArray(result.errors) ? result.errors : [];
  if (errors.length > 0 && CODE_FORMS.has(textOf(result.challengeType)))
    throw new CodeRefused(textOf(errors[0]), lastJson);
  if (isRedirection(result)) return;
  if (result.challengeType !== "ReviewContactPointChangeForm") throw unexpected(result, lastJson);
  const navigation = objectOr(result.navigation);
  const forward = textOf(navigation.forward);
  const submitPath = forward.startsWith("/") ? forward : progress.apiPath;
  const noPassword = emptyPassword(client);
  const closing = await submit(client, { ...progress, submitPath }, [
    ["choice", AGREE],
    ["enc_new_password1", noPassword],
    ["new_password1", ""],
    ["enc_new_password2", noPassword],
    ["new_password2", ""],
  ]);
  if (!isRedirection(closing)) throw unexpected(closing, lastJson);
}

async function submit(
  client: Client,
  progress: WebProgress,
  pairs: FormPairs,
): Promise<ExactJsonObject> {
  try {
    const answer = await send(client, whole, {
      effect: "write",
      method: "POST",
      path: progress.submitPath,
      as: { browser: formHeaders(client, progress) },
      body: form(pairs),
    });
    takeCookies(progress.cookies, answer.headers);
    return innerForm(jsonIn(answer));
  } catch (error) {
    // When the page shows a form again, for another choice or code, its answer says "fail".
    const shown = error instanceof UpstreamRefused ? innerForm(error.context.body) : {};
    if (textOf(shown.challengeType) === "") throw error;
    return shown;
  }
}

/** The form in an answer. Some answers wrap it in `challenge`. */
const innerForm = (body: ExactJsonObject): ExactJsonObject =>
  isJsonObject(body.challenge) ? body.challenge : body;

const isRedirection = (result: ExactJsonObject): boolean => result.type === "CHALLENGE_REDIRECTION";
const emptyPassword = (client: Client): string =>
  `#PWD_INSTAGRAM_BROWSER:0:${Math.floor(client.now() / 1000)}:`;

function unexpected(result: ExactJsonObject, lastJson: ExactJsonObject): UpstreamRefused {
  const type = textOf(result.challengeType) || textOf(result.type) || "unknown";
  return onlyInTheApp(
    `Only a person in the app can complete this challenge's form "${type}"`,
    lastJson,
  );
}

/** Keeps the cookies that an answer sets, as a browser does. */
function takeCookies(cookies: Record<string, string>, headers: globalThis.Headers): void {
  for (const cookie of headers.getSetCookie()) {
    const [, name, value] = /^([^=;\s]+)=([^;]*)/.exec(cookie) ?? [];
    if (name !== undefined && value !== undefined) cookies[name] = value;
  }
}

function pageHeaders(client: Client, cookies: Readonly<Record<string, string>>): Headers {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return {
    Connection: "keep-alive",
    "User-Agent": `${WEB_VIEW} ${client.state.userAgent}`,
    "upgrade-insecure-requests": "1",
    "sec-fetch-dest": "document",
    accept:
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.9",
    "x-requested-with": "com.instagram.android",
    "sec-fetch-site": "none",
    "sec-fetch-mode": "navigate",
    "sec-fetch-user": "?1",
    "accept-encoding": "gzip, deflate",
    "accept-language": "en-US,en;q=0.9,en-US;q=0.8,en;q=0.7",
    pragma: "no-cache",
    "cache-control": "no-cache",
    ...(cookie.length > 0 ? { Cookie: cookie.join("; ") } : {}),
  };
}

function formHeaders(client: Client, progress: WebProgress): Headers {
  const { csrfToken } = progress;
  return {
    ...pageHeaders(client, progress.cookies),
    accept: "*/*",
    "sec-fetch-dest": "empty",
    "x-requested-with": "XMLHttpRequest",
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "cors",
    "x-ig-www-claim": "0",
    "x-instagram-ajax": createHash("sha256")
      .update(emptyPassword(client))
      .digest("hex")
      .slice(0, 12),
    "content-type": "application/x-www-form-urlencoded",
    "x-csrftoken": csrfToken,
    "x-ig-app-id": APP_ID,
    referer: `${ORIGIN}${progress.apiPath}`,
  };
}
