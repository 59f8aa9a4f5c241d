import { Type } from "@sinclair/typebox";
import { Nullable } from "../instagram/models/schema.ts";
import { type ImportRequest, importRequest } from "../sessions/import/import-request.ts";

/* The fields and the answer of session imports. */

/** Of new sessions whose line says nothing of it. */
export const importFields = {
  dry_run: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        "true: nothing is stored; the answer says what would become of each line, and what it lacks.",
    }),
  ),
  overwrite: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        "true: a login that is here already takes the settings of its line. What is here has been used since, so it is usually newer.",
    }),
  ),
  label: Type.Optional(
    Type.String({ default: "", description: "Label of new sessions whose line has none." }),
  ),
  region: Type.Optional(
    Type.String({
      default: "",
      description: "Home region, as Fly.io's code, of new sessions whose line names none.",
    }),
  ),
  proxy_id: Type.Optional(
    Type.String({ default: "", description: "Proxy of new sessions whose line says none." }),
  ),
  proxy_country: Type.Optional(
    Type.String({
      default: "",
      description: "Country of the proxies of new sessions whose line says no proxy, such as DE.",
    }),
  ),
};

type ImportQuery = Partial<{
  dry_run: boolean;
  overwrite: boolean;
  label: string;
  region: string;
  proxy_id: string;
  proxy_country: string;
}>;

/** The import that a query asks for. Throws InvalidInput. */
export const importOptions = ({
  dry_run: dryRun = false,
  overwrite = false,
  ...fields
}: ImportQuery): ImportRequest => importRequest({ dryRun, overwrite, fields });

const ImportedLine = Type.Object(
  {
    line: Type.Integer(),
    outcome: Type.Union(
      (["created", "updated", "unchanged", "failed"] as const).map((outcome) =>
        Type.Literal(outcome),
      ),
    ),
    session_id: Nullable(Type.String()),
    username: Nullable(Type.String()),
    exc_type: Nullable(Type.String()),
    error: Nullable(Type.String()),
    lacks: Type.Array(Type.String()),
  },
  { title: "ImportedLine" },
);

/** What lines and the end of an import are told as. */
export const EXAMPLE_OF_LINES = `{"line":1,"outcome":"created","session_id":"01K9ZJ5M0T6R3F4C2B1A0XYZWV","username":"sandbox","exc_type":null,"error":null,"lacks":[]}
{"summary":{"dry_run":false,"created":1,"updated":0,"unchanged":0,"failed":0}}
`;

export const SessionImportSchema = Type.Object(
  {
    dry_run: Type.Boolean(),
    created: Type.Integer(),
    updated: Type.Integer(),
    unchanged: Type.Integer(),
    failed: Type.Integer(),
    lines: Type.Array(ImportedLine),
    lines_left_out: Type.Integer(),
  },
  { title: "SessionImport" },
);

// The sandbox accepts this one.
const SESSION_ID = "61000000001%3AsandboxExample%3A28%3AAYH27CEJt2MX79hnrIoEI0BJ71bt";

export const IMPORT_EXAMPLES = {
  "application/x-ndjson": `${JSON.stringify({
    username: "sandbox",
    label: "moved",
    settings: {
      uuids: {
        uuid: "6a4de8a2-95cd-4a4f-8f59-1fc20b1f0001",
        phone_id: "6a4de8a2-95cd-4a4f-8f59-1fc20b1f0002",
        android_device_id: "android-6a4de8a295cd4a4f",
      },
      authorization_data: { ds_user_id: "61000000001", sessionid: SESSION_ID },
    },
  })}\n`,
  "text/plain": `${SESSION_ID}\n`,
};
