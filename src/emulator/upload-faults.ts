import { type Refusal, refuse } from "./answer.ts";
import type { Exchange } from "./router.ts";

/** What can go wrong with an upload when it is told to; docs/sandbox.md says what each does. */
export const UPLOAD_FAULTS = [
  "drop_chunk",
  "drop_upload_answer",
  "drop_answer",
  "fail_after",
  "transcode_forever",
  "transcode_error",
  "reupload",
  "refuse",
] as const;
export type UploadFault = (typeof UPLOAD_FAULTS)[number];

/** A request of an upload. */
export interface UploadStep {
  /** `transfer` sends a file, `configure` makes something of it. */
  readonly step: "transfer" | "configure";
  readonly username: string;
  readonly uploadId: string;
  /** Empty while a file is sent. */
  readonly caption: string;
}

/** Chooses what goes wrong with a request; undefined for nothing. */
export type ChooseFault = (step: UploadStep) => UploadFault | undefined;

/** These happen once to each upload, so that trying again helps. */
const ONCE: ReadonlySet<UploadFault> = new Set([
  "drop_chunk",
  "drop_upload_answer",
  "drop_answer",
  "fail_after",
  "reupload",
]);

/** The connection breaks before the answer is sent. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  readonly code = "ECONNRESET";

  constructor() {
    super("The socket connection was closed unexpectedly");
  }
}

/** Tells whether a fault is to happen to a request now. */
export type Faults = (fault: UploadFault) => boolean;

/**
 * What goes wrong with a request: as the emulator's owner has chosen, or as a hashtag says in the
 * caption or in the account's note, such as `#sandbox_drop_answer`. `about` names what it can happen to
 * once; the upload id unless given.
 */
export function faultsOf(
  { world, viewer }: Exchange,
  { step, uploadId, caption = "", about = uploadId }: FaultsOf,
): Faults {
  const { username } = viewer;
  const chosen = world.uploads.chooseFault?.({ step, username, uploadId, caption });
  const fault = chosen ?? named(caption) ?? named(world.notes.of(viewer)?.text ?? "");
  if (fault === undefined) return () => false;
  return (asked) =>
    asked === fault &&
    (!ONCE.has(fault) || world.uploads.isFirst(`${viewer.pk} ${fault} ${about}`));
}

interface FaultsOf extends Pick<UploadStep, "step" | "uploadId"> {
  readonly caption?: string;
  readonly about?: string;
}

function named(text: string): UploadFault | undefined {
  const [, name] = /#sandbox_([a-z_]{1,30})/.exec(text) ?? [];
  return UPLOAD_FAULTS.find((fault) => fault === name);
}

/** 400: this account may not post now. */
export const mayNotPost = (): Refusal =>
  refuse(400, "feedback_required", undefined, {
    spam: true,
    feedback_title: "Try Again Later",
    feedback_message: "We restrict certain activity to protect our community.",
    feedback_url: "repute/report_problem/instagram_post/",
    feedback_appeal_label: "Tell us",
    feedback_ignore_label: "OK",
    feedback_action: "report_problem",
  });

/**
 * The answer to a request that has made something: it may be lost on its way, or be one of a server
 * that failed afterwards.
 */
export function afterwards(answer: Response, happens: Faults): Response {
  if (happens("drop_answer")) throw new ConnectionLost();
  return happens("fail_after")
    ? new Response("<html><title>Oops, an error occurred.</title></html>", {
        status: 503,
        headers: { "Content-Type": "text/html; charset=utf-8" },
      })
    : answer;
}
