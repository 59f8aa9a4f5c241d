import { requireStillAdmitted } from "../http/access/still-admitted.ts";
import { problemText } from "../http/error-response.ts";
import { lineAnswer, wantsLines } from "../http/line-answer.ts";
import { type Operation, operations, withKey } from "../http/route.ts";
import { stringifyJson } from "../instagram/json.ts";
import { Problem } from "../problems/problem.ts";
import { importBatches, MAX_ENTRIES } from "../sessions/import/batches.ts";
import { MAX_ENTRY_BYTES } from "../sessions/import/entries.ts";
import { type Outcome, outcomeJson } from "../sessions/import/outcome.ts";
import type { SessionImports } from "../sessions/import/session-imports.ts";
import { ImportStopped, ImportSummary } from "../sessions/import/summary.ts";
import type { ApiKeyStore } from "../tenants/api-keys.ts";
import {
  EXAMPLE_OF_LINES,
  IMPORT_EXAMPLES,
  importFields,
  importOptions,
  SessionImportSchema,
} from "./sessions-import-fields.ts";

const { post } = operations("Session");

/** Of 250,000 lines of 16 KB each. */
const MAX_BODY_BYTES = 4 * 1024 ** 3;
/** So much of a streamed answer waits for a caller that sends all before it reads. */
const WAITING_BYTES = 8 * 1024 * 1024;

export interface ImportDependencies {
  imports: SessionImports;
  apiKeys: Pick<ApiKeyStore, "authenticate">;
}

/** Sessions of other clients and services, by the hundred thousand. */
export const sessionImportRoutes = ({ imports, apiKeys }: ImportDependencies): Operation[] => [
  post(
    "/sessions/import",
    {
      operationId: "postSessionsImport",
      summary: "Import sessions",
      description: `Takes over logins made elsewhere, a login a line, without asking Instagram. A line is one of: settings of aiograpi or instagrapi; a state of instagram-private-api (\`ig.state.serialize()\`); cookies as JSON, as browser extensions, Puppeteer and Playwright export them; a session id alone; or a JSON object with one of these as \`settings\` and more about the session beside it: \`username\`, \`label\`, \`proxy\` or \`proxy_id\` or \`proxy_country\`, \`region\`, \`password\` (kept if the tenant's policy says so), \`enabled\`, \`created_at\`. Whole cookie files in Netscape form may stand among the lines: from their first line on, each is one login.

The same login is the same session, however often it comes: what is here already stays as it is, but for what the line says beside the login. A later login of an account on the same phone, or one that names no phone, renews the account's session. Lines are independent of each other: one that fails keeps no other from being imported. What the answer calls created or updated is stored, also if the import ends early; to repeat it does no harm.

The answer tells of up to 1,000 lines, those that failed first. With \`Accept: application/x-ndjson\` it tells of every line when that is stored, while the body is still being sent, and ends with a line \`{"summary": …}\`, or \`{"error": …}\` where it has ended early. Up to ${MAX_ENTRIES} logins of up to ${MAX_ENTRY_BYTES / 1024} KB each.`,
      access: withKey("auth"),
      query: importFields,
      lines: {
        description: "A login a line.",
        maxBytes: MAX_BODY_BYTES,
        maxLineBytes: MAX_ENTRY_BYTES,
        examples: IMPORT_EXAMPLES,
      },
      returns: SessionImportSchema,
      lineExample: EXAMPLE_OF_LINES,
      errors: ["SessionLimitReached", "EncryptionKeyUnavailable"],
    },
    async ({ key, query, lines, context, request }) => {
      const options = importOptions(query);
      const sessions = imports.begin(key, options, context.actor);
      const batches = importBatches(sessions, lines, () =>
        requireStillAdmitted({ apiKeys }, request, "auth"),
      );
      const summary = new ImportSummary();
      if (wantsLines(request))
        return lineAnswer(
          { request, context },
          told(batches, summary, (error) =>
            error === null
              ? stringifyJson({ summary: { dry_run: options.dryRun, ...summary.counts } })
              : `{"error":${problemText(error, context)}}`,
          ),
          { waitingBytes: WAITING_BYTES },
        );
      await gathered(batches, summary);
      return {
        dry_run: options.dryRun,
        ...summary.counts,
        lines: summary.told.map(outcomeJson),
        lines_left_out: summary.untold,
      };
    },
  ),
];

/** Throws ImportStopped. */
async function gathered(batches: AsyncIterable<Outcome[]>, summary: ImportSummary): Promise<void> {
  try {
    for await (const outcomes of batches) summary.add(outcomes);
  } catch (error) {
    throw error instanceof Problem ? new ImportStopped(error, summary.counts) : error;
  }
}

/** The lines of an answer, as what they tell of is stored, and the last one. */
async function* told(
  batches: AsyncIterable<Outcome[]>,
  summary: ImportSummary,
  lastLine: (stopped: ImportStopped | null) => string,
): AsyncGenerator<string, void, undefined> {
  let stopped: ImportStopped | null = null;
  try {
    for await (const outcomes of batches) {
      summary.add(outcomes);
      yield outcomes.map((outcome) => `${stringifyJson(outcomeJson(outcome))}\n`).join("");
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    stopped = new ImportStopped(error, summary.counts);
  }
  yield `${lastLine(stopped)}\n`;
}
