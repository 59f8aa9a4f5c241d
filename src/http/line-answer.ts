import { AnswerStream } from "./answer-stream.ts";
import type { RequestContext } from "./context.ts";

export const NDJSON = "application/x-ndjson";

/** Whether a request asks for an answer with an item a line rather than for one JSON document. */
export function wantsLines({ headers }: Request): boolean {
  const accepted = (headers.get("accept") ?? "")
    .split(",")
    .map((entry) => entry.split(";", 1)[0]?.trim().toLowerCase());
  return accepted.includes(NDJSON) && !accepted.includes("application/json");
}

/**
 * An answer of lines that is sent while it is made. Its texts are whole lines, several at a time. At
 * most so many bytes wait for the reader; then no more are made. When making them fails, the connection
 * is broken off, so that nobody takes the part for the whole.
 */
export function lineAnswer(
  { request, context }: { request: Request; context: RequestContext },
  texts: AsyncGenerator<string>,
  { waitingBytes = 0 }: { waitingBytes?: number } = {},
): Response {
  const headers = { "Content-Type": NDJSON };
  if (request.method === "HEAD") {
    void texts.return(undefined);
    return new Response(null, { headers });
  }
  const encoder = new TextEncoder();
  const source = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: waitingBytes }),
  );
  context.stream = new AnswerStream(source);
  return new Response(context.stream.body, { headers });
}
