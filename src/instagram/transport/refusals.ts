import { UpstreamRefused, UpstreamUnreachable } from "../errors.ts";
import { type ExactJsonObject, parseBoundedJson, tryParse } from "../json.ts";
import { deadEndOf, refusalOf, refused } from "../refusals.ts";
import { retryAfterOf } from "../retry-after.ts";
import { APP_HOST } from "./exchange.ts";
import type { Sender, UpstreamAnswer, UpstreamRequest } from "./request.ts";

/**
 * Turns every answer that is not 2xx into the error that it stands for, except those that the reading
 * takes.
 */
export const withRefusals =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    const answer = await next(client, request, reading);
    if (answer.status < (reading.redirects ? 400 : 300)) return answer;
    if (answer.status === 416 && reading.noPart) return answer;
    const error = errorOf(answer, isOfApi(request));
    const retryAfterSeconds = retryAfterOf(answer.headers, client.now());
    if (retryAfterSeconds !== undefined) error.context.retryAfterSeconds = retryAfterSeconds;
    throw error;
  };

/** Whether a request is for Instagram's API or website, and not for a file. */
const isOfApi = ({ host = APP_HOST, elsewhere }: UpstreamRequest): boolean =>
  elsewhere === undefined && host.endsWith("instagram.com") && !host.endsWith("cdninstagram.com");

function errorOf(
  { status, headers, text }: UpstreamAnswer,
  ofApi: boolean,
): UpstreamRefused | UpstreamUnreachable {
  if (status >= 400) return refusalOf(status, tryParse(text, parseBoundedJson), text, ofApi);
  const location = headers.get("location") ?? "";
  if (location.includes("/accounts/login"))
    return new UpstreamRefused("LoginRequired", "Instagram redirects to its login page", {
      status,
      body: {},
    });
  const body = challengeAt(location);
  const kind = deadEndOf(body) ?? (location.includes("/challenge/") ? "ChallengeRequired" : null);
  if (kind) return refused(kind, status, body);
  return new UpstreamUnreachable("UpstreamError", "Instagram answered with a redirect", { status });
}

function challengeAt(location: string): ExactJsonObject {
  const url = URL.parse(location, `https://${APP_HOST}`);
  return {
    message: "challenge_required",
    challenge: { url: location, api_path: url?.pathname ?? "" },
    status: "fail",
  };
}
