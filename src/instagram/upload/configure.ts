import { reportExposure } from "../auth/exposure.ts";
import type { Client } from "../client.ts";
import type { RefusalKind } from "../error-kinds.ts";
import { isUpstreamError, notInAnswer, UpstreamRefused, UpstreamUnreachable } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { jsonIn } from "../readings.ts";
import { refused } from "../refusals.ts";
import type { Reading, UpstreamRequest } from "../transport/request.ts";
import { send } from "../transport.ts";
import { findPost, type Post } from "./posted.ts";

/** The call that makes a post of what was uploaded. */
export type ConfigureCall = Pick<UpstreamRequest, "path" | "query" | "body">;

export interface Publication extends Post {
  /** Sends the files, and resolves with the call that makes the post of them. */
  upload(): Promise<ConfigureCall>;
  /** What is to follow in the same turn; resolves with the post as it is then. */
  finish?(made: JsonObject): Promise<JsonObject>;
  /** What is thrown if Instagram says that it has made the post, and there is none. */
  notMade: RefusalKind;
}

/**
 * Makes a post, once. Where an earlier try may have made it, or the answer of this one is lost, the
 * post is looked for. While Instagram converts the video, the call is repeated. Afterwards
 * `qe/expose/` is sent, as the app does. Resolves with the post as Instagram sends it.
 *
 * Throws what every operation can throw; UpstreamRefused: `notMade`, AspectRatioNotAllowed,
 * TranscodeError, MediaNeedsReupload; UpstreamUnreachable (UpstreamTimeout) if the conversion does
 * not end.
 */
export async function publish(client: Client, publication: Publication): Promise<JsonObject> {
  if (client.caller.isResumed) {
    const made = await findPost(client, publication);
    if (made) return made;
  }
  const call = await publication.upload();
  return whenConverted(client, async () => {
    const post = await madePost(client, call, publication);
    return post && publication.finish ? publication.finish(post) : post;
  });
}

/**
 * Makes something of what was uploaded. `attempt` has the session's write turn for itself: once the
 * thing may be there, nothing cuts off what tells so. While Instagram converts the video, `attempt`
 * resolves with null, and is repeated after a pause without the turn. Throws UpstreamUnreachable (UpstreamTimeout) if the conversion does not end.
 */
export async function whenConverted<T>(
  client: Client,
  attempt: () => Promise<T | null>,
): Promise<T> {
  const { progress } = client.caller;
  let waited = 0;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    const made = await client.turn(async () => {
      await progress.publishing();
      return attempt();
    });
    if (made !== null) return made;
    progress.transcoding();
    if (waited + pause > MOST_PAUSES) throw notConverted();
    await client.sleep(pause);
    waited += pause;
  }
}

/** Milliseconds: the pause after the first call, the longest one, and all of them together. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
const MOST_PAUSES = 600_000;
const GROWTH = 1.5;

/** The post that a call makes; null while Instagram converts what was uploaded. */
async function madePost(
  client: Client,
  call: ConfigureCall,
  publication: Publication,
): Promise<JsonObject | null> {
  let answer: JsonObject;
  try {
    answer = await send(client, configureAnswer, { effect: "write", method: "POST", ...call });
  } catch (error) {
    if (isConverting(error)) return null;
    const isLost =
      error instanceof UpstreamUnreachable && client.caller.writes.outcome === "unknown";
    const made = isLost ? await findPost(client, publication).catch(() => null) : null;
    if (made) return made;
    throw error;
  }
  await reportedExposure(client);
  const made = isJsonObject(answer.media) ? answer.media : await findPost(client, publication);
  if (made) return made;
  throw notInAnswer(publication.notMade, "Instagram names no post, and the account shows none");
}

/** A 202 always means that Instagram still converts, whatever the body says. */
const configureAnswer: Reading<JsonObject> = {
  read: (answer) => {
    if (answer.status === ACCEPTED) throw refused("ClientStatusFail", ACCEPTED, {});
    return jsonIn(answer);
  },
};
const ACCEPTED = 202;

/** Whether a refusal says that Instagram still converts what was uploaded. */
export const isConverting = (error: unknown): boolean =>
  error instanceof UpstreamRefused &&
  (error.context.status === ACCEPTED || /transcode not finished/i.test(error.message));

const notConverted = (): UpstreamUnreachable =>
  new UpstreamUnreachable(
    "UpstreamTimeout",
    `Instagram has not converted the video within ${MOST_PAUSES / 60_000} minutes, and made no post of it`,
  );

/** The post is there already: a failure of this must not hide it. */
async function reportedExposure(client: Client): Promise<void> {
  try {
    await reportExposure(client);
  } catch (error) {
    if (!isUpstreamError(error)) throw error;
  }
}
