import { createServer, type Socket } from "node:net";

/*
 * The other sides of the measurement of uploads, each in its own process:
 * `bun bench/upload-peers.ts sink` is an Instagram that takes uploads and keeps nothing of them,
 * `bun bench/upload-peers.ts floor <url of the sink>` the bare server that the gateway is compared
 * with: it pipes the same body to the same sink.
 */

const MEDIA = {
  pk: "3012345678901234567",
  id: "3012345678901234567_17",
  code: "CodeOfThePost",
  media_type: 2,
  taken_at: 1_764_000_000,
  user: { pk: "17", username: "someone", full_name: "" },
};

const [role, sinkUrl = ""] = Bun.argv.slice(2);
if (role === "sink") serveSink();
else serveFloor();

function serveFloor(): void {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 4 * 1024 ** 3,
    async fetch(request) {
      const length = request.headers.get("content-length") ?? "";
      const answer = await fetch(`${sinkUrl}/rupload_igvideo/floor`, {
        method: "POST",
        body: request.body,
        headers: { "Content-Length": length },
      });
      return new Response(await answer.text(), { status: answer.status });
    },
  });
  console.log(`floor listens on ${server.url.origin}`);
}

function serveSink(): void {
  const server = createServer(serve);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    console.log(`sink listens on http://127.0.0.1:${port}`);
  });
}

/** Answers each request on a connection when its body has come. */
function serve(socket: Socket): void {
  let head = Buffer.alloc(0);
  let target = "";
  let left = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (target === "") {
        head = Buffer.concat([head, rest]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        const text = head.subarray(0, end).toString("latin1");
        target = text.split("\r\n", 1)[0] ?? "";
        left = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
        rest = head.subarray(end + 4);
        head = Buffer.alloc(0);
      }
      const taken = Math.min(left, rest.length);
      left -= taken;
      rest = rest.subarray(taken);
      if (left > 0) return;
      const body = JSON.stringify(answerTo(target));
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      target = "";
    }
  });
}

const answerTo = (target: string): object =>
  target.startsWith("GET") && target.includes("/rupload_")
    ? { offset: 0, status: "ok" }
    : { upload_id: "1", media: MEDIA, status: "ok" };
