import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { DirectMessage } from "../instagram/models/direct-message.ts";
import { sendDirectMessage } from "../instagram/operations/direct-send.ts";
import { InvalidInput } from "../problems/problem.ts";
import { recipients, recipientsOf } from "./direct-fields.ts";

const { post } = operations("Direct");

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
      errors: ["DirectThreadNotFound", "UserNotFound", "DirectMessageRequestsDisabled"],
    },
    ({ body, session }) => {
      const message = { text: body.text, attribution: attributionOf(body.send_attribute) };
      return session.write(sendDirectMessage, message, recipientsOf(body));
    },
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
