import { Type } from "@sinclair/typebox";
import { stringifyJson } from "../instagram/json.ts";
import { DirectMessage } from "../instagram/models/direct-message.ts";
import { Media } from "../instagram/models/media.ts";
import { Nullable } from "../instagram/models/schema.ts";
import { Story } from "../instagram/models/story.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { UploadStatus } from "../uploads/upload.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { RequestContext } from "./context.ts";
import { problemText } from "./error-response.ts";

/* What GET /upload tells of an upload, and the answer to one that asked not to wait. */

/** The body of an error; the OpenAPI document describes it once. */
const Problem = Type.Object({}, { title: "Problem", additionalProperties: true });

export const UploadSchema = Type.Object(
  {
    upload_id: Type.String(),
    state: Type.Union(
      (["received", "sending", "transcoding", "done", "failed"] as const).map((state) =>
        Type.Literal(state),
      ),
    ),
    sent_bytes: Type.Integer(),
    total_bytes: Type.Integer(),
    media: Nullable(Media.schema),
    story: Nullable(Story.schema),
    message: Nullable(DirectMessage.schema),
    error: Nullable(Problem),
  },
  { title: "Upload" },
);

/** Where uploads are found. */
export type UploadLookup = Pick<Uploads, "find">;

/** The JSON text of what is told of an upload. */
export function uploadText(status: UploadStatus, context: RequestContext): string {
  const { id, state, sentBytes, totalBytes } = status;
  const made = (kind: UploadStatus["kind"]): string =>
    kind === status.kind && state === "done" ? (status.result ?? "null") : "null";
  const members: ReadonlyArray<readonly [string, string]> = [
    ["upload_id", stringifyJson(id)],
    ["state", stringifyJson(state)],
    ["sent_bytes", String(sentBytes)],
    ["total_bytes", String(totalBytes)],
    ["media", made("media")],
    ["story", made("story")],
    ["message", made("message")],
    ["error", state === "failed" ? errorText(status, context) : "null"],
  ];
  return `{${members.map(([name, text]) => `"${name}":${text}`).join()}}`;
}

function errorText({ result, interrupted }: UploadStatus, context: RequestContext): string {
  if (interrupted !== null) return problemText(uploadInterrupted(interrupted), context);
  return result ?? "null";
}

/** The process that ran an upload has ended before it. */
export const uploadInterrupted = (outcome: "not_sent" | "unknown"): GatewayProblem =>
  outcome === "not_sent"
    ? new GatewayProblem("UploadInterrupted", "The service ended before anything was posted", {
        members: { outcome },
      })
    : new GatewayProblem(
        "OutcomeUnknown",
        "The service ended before Instagram's answer to the last request was known",
        { hint: AFTER_INTERRUPTION, members: { outcome } },
      );

const AFTER_INTERRUPTION =
  "Under an Idempotency-Key send the same request again: what it has made is looked for first. Without one read first whether it is there.";
