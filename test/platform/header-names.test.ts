import { expect, test } from "bun:test";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { importSession } from "../support/live.ts";
import { listen } from "../support/servers.ts";
import { createTestService } from "../support/service.ts";
import { fixture, sessionText } from "../support/wire/trace.ts";

test("header names go over the wire as the app writes them", async () => {
  const heads: string[] = [];
  using server = await listen((socket) => {
    socket.on("data", (data) => {
      heads.push(data.toString("latin1"));
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}');
    });
  });
  await using service = await createTestService({
    config: { upstreamUrl: `http://127.0.0.1:${server.port}` },
    platform: createBunPlatform(),
  });
  // The import shows the device once, with a signed body.
  await importSession(service, sessionText);
  const names = (heads[0] ?? "")
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(":")[0]);
  for (const name of [...Object.keys(fixture.common_headers), "Content-Type"])
    expect(names).toContain(name);
});
