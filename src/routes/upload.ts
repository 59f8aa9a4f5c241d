import { Type } from "@sinclair/typebox";
import { operations, withKey } from "../http/route.ts";
import { type UploadLookup, UploadSchema, uploadText } from "../http/upload-status.ts";
import { JsonText } from "../instagram/json.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { notBlank } from "./parameters.ts";

const { get } = operations("Upload");

/** How uploads in the background get on. */
export const uploadRoutes = (uploads: UploadLookup) => [
  get(
    "/upload",
    {
      operationId: "getUpload",
      summary: "Upload Status",
      description:
        "How an upload gets on that was asked for with `Prefer: respond-async`, and what it has made; for 24 hours.",
      access: withKey("read"),
      query: {
        upload_id: Type.String({
          minLength: 1,
          maxLength: 64,
          description: "The id that the 202 answer gave, which is in its Location as well.",
        }),
      },
      returns: UploadSchema,
      errors: ["UploadNotFound", "EncryptionKeyUnavailable"],
    },
    async ({ key, query, context }) => {
      const found = await uploads.find(key, notBlank(query.upload_id, "upload_id"));
      if (found === null) throw new GatewayProblem("UploadNotFound", "No such upload");
      context.upload = found.id;
      return new JsonText(uploadText(found, context));
    },
  ),
];
