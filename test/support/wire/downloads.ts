import type { Answer } from "../service.ts";
import { unzip } from "../zip.ts";
import { recordedFile, type Trace } from "./trace.ts";

/** Files as a download answers them: each by its name (null where there is one alone) and content. */
interface Files {
  type: string | null;
  files: Array<{ name: string | null; sha256: string }>;
}

const ZIP = "application/zip";
const sha256 = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** True for a recording whose result is files: their bytes, or where the Python service has put them. */
export const isDownload = ({ operationId }: Trace): boolean => operationId.includes("Download");

/** The files in an answer. */
export function filesIn({ headers, bytes }: Answer): Files {
  const type = headers.get("content-type");
  return type === ZIP
    ? {
        type,
        files: unzip(bytes).map(({ name, bytes }) => ({ name, sha256: sha256(bytes) })),
      }
    : { type, files: [{ name: null, sha256: sha256(bytes) }] };
}

/**
 * The files that the recorded calls fetched, which are those of the fixtures here. Paths on the Python
 * service's disk become names in a ZIP, without the second ending that it gives some.
 */
export async function recordedFiles({ requests, result }: Trace): Promise<Files> {
  const fetched = await Promise.all(
    requests
      .filter(({ surface }) => surface === "cdn")
      .map(async ({ path }) => sha256(await recordedFile(path.split("/").at(-1) ?? "").bytes())),
  );
  if (result.content_type !== "application/json")
    return {
      type: result.content_type,
      files: fetched.map((hash) => ({ name: null, sha256: hash })),
    };
  const paths: string[] = JSON.parse(result.text);
  const names = paths.map((path) => path.replace(/(\.\w+)\1$/, "$1"));
  return { type: ZIP, files: fetched.map((hash, at) => ({ name: names[at] ?? "", sha256: hash })) };
}
