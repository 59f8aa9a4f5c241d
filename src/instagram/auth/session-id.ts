import { InvalidInput } from "../../problems/problem.ts";
import type { Client } from "../client.ts";
import { isRefusal, type UpstreamRefused, UpstreamUnreachable } from "../errors.ts";
import { webGraphqlHeaders } from "../headers.ts";
import { objectOr, parseExact } from "../json.ts";
import { getUsername } from "../operations/user.ts";
import { whole } from "../readings.ts";
import { form } from "../signing.ts";
import { send } from "../transport.ts";

const PROFILE_QUERY = "PolarisProfilePageContentQuery";
const PROFILE_DOC_ID = "26762473490008061";

/**
 * Logs in with the session id (the `sessionid` cookie) of a login made elsewhere. Checks it with
 * `users/{id}/info/`, and if the app's API refuses it, with the website's profile query.
 * Returns the account's username.
 *
 * Throws InvalidInput if the text is not a session id, UpstreamRefused if neither accepts it.
 */
export async function loginBySessionId(client: Client, cookieValue: string): Promise<string> {
  // People paste it decoded or encoded. On the wire it is encoded.
  const sessionId = cookieValue.replaceAll(":", "%3A");
  const userId = /^\d{1,40}(?!\d)/.exec(sessionId)?.[0];
  if (sessionId.length <= 30)
    throw new InvalidInput(
      "sessionid",
      "is too short to be the value of Instagram's sessionid cookie, which has more than 30 characters",
    );
  if (!userId || /[^\x21-\x7e]|[;,]/.test(sessionId))
    throw new InvalidInput(
      "sessionid",
      "must be the value of Instagram's sessionid cookie: digits, then %3A and more",
    );
  const { state } = client;
  state.clearLogin();
  state.setCookie("sessionid", sessionId);
  state.setAuthorizationData({
    ds_user_id: userId,
    sessionid: sessionId,
    should_use_header_over_cookies: true,
  });
  const username = await usernameFromApp(client, userId);
  state.setCookie("ds_user_id", userId);
  state.markLoggedIn(client.now() / 1000);
  return username;
}

async function usernameFromApp(client: Client, userId: string): Promise<string> {
  try {
    return await getUsername(client, userId);
  } catch (error) {
    if (!isRefusal(error, ...WEB_MAY_ACCEPT)) throw error;
    return usernameFromWeb(client, userId, error);
  }
}

/** Refusals after which the website is tried. Throttling and challenges apply there as well. */
const WEB_MAY_ACCEPT = [
  "LoginRequired",
  "ClientForbiddenError",
  "ClientUnauthorizedError",
  "UserNotFound",
  "ClientNotFoundError",
  "UnknownError",
] as const;

async function usernameFromWeb(
  client: Client,
  userId: string,
  refusal: UpstreamRefused,
): Promise<string> {
  const cookies = [`sessionid=${client.state.sessionId}`];
  if (client.state.mid) cookies.push(`mid=${client.state.mid}`);
  cookies.push(`ds_user_id=${userId}`);
  const variables = JSON.stringify({
    enable_integrity_filters: true,
    id: userId,
    render_surface: "PROFILE",
    __relay_internal__pv__PolarisCannesGuardianExperienceEnabledrelayprovider: true,
    __relay_internal__pv__PolarisCASB976ProfileEnabledrelayprovider: false,
    __relay_internal__pv__PolarisRepostsConsumptionEnabledrelayprovider: false,
  });
  try {
    const answer = await send(client, whole, {
      effect: "step",
      method: "POST",
      host: "www.instagram.com",
      path: "/graphql/query/",
      as: {
        browser: webGraphqlHeaders(`https://www.instagram.com/${userId}/`, {
          friendlyName: PROFILE_QUERY,
          cookie: cookies.join("; "),
        }),
      },
      body: form([
        ["variables", variables],
        ["doc_id", PROFILE_DOC_ID],
        ["server_timestamps", "true"],
      ]),
    });
    const user = objectOr(objectOr(objectOr(parseExact(answer.text)).data).user);
    if (typeof user.username === "string" && user.username !== "") return user.username;
  } catch (error) {
    // The app's refusal explains more than the website's, unless the proxy failed.
    if (error instanceof UpstreamUnreachable && error.kind === "ProxyError") throw error;
  }
  throw refusal;
}
