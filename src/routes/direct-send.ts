import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import { DirectMessage } from "../instagram/models/direct-message.ts";
import {
  sendDirectMessage,
  shareDirectMedia,
  shareDirectProfile,
  shareDirectStory,
} from "../instagram/operations/direct-send.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { parseStoryRef } from "../instagram/story-links.ts";
import { InvalidInput } from "../problems/problem.ts";
import { recipients, recipientsOf, usersOf } from "./direct-fields.ts";
import { MediaName, notBlank, ofUser, UserId, UserPk } from "./parameters.ts";

const { post } = operations("Direct");

const ERRORS = ["DirectThreadNotFound", "UserNotFound", "DirectMessageRequestsDisabled"] as const;

const Users = Type.Array(UserPk, {
  description: "Pks of the users.",
  examples: [UserPk.examples],
});

const CONFIRMED =
  "The answer has what Instagram confirms of the message: its id, thread and time. GET /direct/message has the rest.";

/** `/direct/message`, `/direct/media`, `/direct/profile`, `/direct/story`: what is sent to users or threads. */
export const directSendRoutes: readonly Operation[] = [
  post(
    "/direct/message",
    {
      operationId: "postDirectMessage",
      summary: "Send a text to users or threads",
      description: `A text with a link is shown with its preview. ${CONFIRMED}`,
      access: withSession("write"),
      action: "message",
      guarded: true,
      body: {
        text: Type.String({ minLength: 1, description: "The text.", examples: ["hello"] }),
        ...recipients,
        send_attribute: Type.Optional(
          Type.String({
            default: "message_button",
            description: "Where the text was written: message_button or inbox_search.",
          }),
        ),
      },
      returns: DirectMessage.schema,
      errors: ERRORS,
    },
    ({ body, session }) => {
      const text = notBlank(body.text, "text");
      const message = { text, attribution: attributionOf(body.send_attribute) };
      return session.write(sendDirectMessage, message, recipientsOf(body));
    },
  ),
  post(
    "/direct/media",
    {
      operationId: "postDirectMedia",
      summary: "Share a post with users",
      description: `${CONFIRMED} An id without its owner costs one more request.`,
      access: withSession("write"),
      action: "message",
      guarded: true,
      body: {
        media_id: MediaName,
        user_ids: Users,
        send_attribute: Type.Optional(
          Type.String({
            default: "feed_timeline",
            description:
              "Where the sender found the post: feed_timeline, feed_contextual_chain, feed_short_url, feed_contextual_self_profile or feed_contextual_profile.",
          }),
        ),
        media_type: Type.Optional(
          Type.String({ default: "photo", description: "Type of the post: photo or video." }),
        ),
      },
      returns: DirectMessage.schema,
      errors: [...ERRORS, "MediaNotFound", "MediaUnavailable", "InvalidMediaId"],
    },
    ({ body, session }) => {
      const post = {
        media: parseMediaRef(body.media_id),
        attribution: body.send_attribute || "feed_timeline",
        mediaType: body.media_type || "photo",
      };
      return session.write(shareDirectMedia, post, usersOf(body.user_ids));
    },
  ),
  post(
    "/direct/profile",
    {
      operationId: "postDirectProfile",
      summary: "Share a profile with users or threads",
      description: `${CONFIRMED} A username costs one more request.`,
      access: withSession("write"),
      action: "message",
      guarded: true,
      body: { user_id: UserId, ...recipients },
      returns: DirectMessage.schema,
      errors: ERRORS,
    },
    ({ body, session }) =>
      session.write(ofUser(shareDirectProfile), parseUserRef(body.user_id), recipientsOf(body)),
  ),
  post(
    "/direct/story",
    {
      operationId: "postDirectStory",
      summary: "Share a story with users or threads",
      description: `${CONFIRMED} An id without its owner costs one more request.`,
      access: withSession("write"),
      action: "message",
      guarded: true,
      body: {
        story_id: Type.String({
          minLength: 1,
          description: "A story: its pk, <pk>_<owner pk> or a link.",
          examples: ["3513075028443486808"],
        }),
        ...recipients,
      },
      returns: DirectMessage.schema,
      errors: [...ERRORS, "MediaNotFound", "MediaUnavailable", "InvalidMediaId"],
    },
    ({ body, session }) =>
      session.write(shareDirectStory, parseStoryRef(body.story_id, "story_id"), recipientsOf(body)),
  ),
];

const ATTRIBUTIONS = ["message_button", "inbox_search"] as const;

/** Throws InvalidInput. */
function attributionOf(value = "message_button"): (typeof ATTRIBUTIONS)[number] {
  const known = ATTRIBUTIONS.find((name) => name === value);
  if (known === undefined)
    throw new InvalidInput("send_attribute", `must be ${ATTRIBUTIONS.join(" or ")}`);
  return known;
}
