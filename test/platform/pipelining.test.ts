import { expect, test } from "bun:test";
import { connect } from "node:net";
import { createBunPlatform } from "../../src/platform/bun.ts";

const HEAD = "HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Sends requests together on one connection; resolves with the answers' bodies when it is over. */
async function pipeline(paths: readonly string[]): Promise<string[]> {
  const platform = createBunPlatform();
  const listener = platform.serve({
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1024,
    handle: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/slow")) await Bun.sleep(30);
      return new Response(`<${pathname}>`);
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  let received = "";
  const socket = connect(listener.port, "127.0.0.1", () =>
    socket.write(paths.map((path) => `GET ${path} ${HEAD}`).join("")),
  );
  socket.on("error", () => {}).on("close", () => resolve());
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    if (bodies().length === paths.length) socket.destroy();
  });
  const bodies = (): string[] => received.match(/<[^>]*>/g) ?? [];
  await promise;
  listener.kill();
  platform.close();
  return bodies();
}

test("pipelined requests that need not wait are answered in their order", async () => {
  expect(await pipeline(["/a", "/b", "/c"])).toEqual(["</a>", "</b>", "</c>"]);
});

test("pipelined requests behind one that waits are never answered in its place", async () => {
  // The server may end the connection instead, which tells a client to send them again one by one.
  const answered = await pipeline(["/slow", "/b", "/c"]);
  expect(["</slow>", "</b>", "</c>"].slice(0, answered.length)).toEqual(answered);
});
