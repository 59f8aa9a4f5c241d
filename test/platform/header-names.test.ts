import { expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { createTestService } from "../support/service.ts";

const traces = await Bun.file(new URL("../fixtures/wire-traces.json", import.meta.url)).json();

test("header names go over the wire as the app writes them", async () => {
  const heads: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => {
      heads.push(data.toString("latin1"));
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const service = await createTestService({
    config: { upstreamUrl: `http://127.0.0.1:${port}` },
    platform: createBunPlatform(),
  });
  // The import shows the device once, with a signed body.
  const imported = await service.request("PATCH", "/auth/settings", {
    key: service.liveKey,
    form: { settings: JSON.stringify(traces.session) },
  });
  expect(imported.status).toBe(200);
  const names = (heads[0] ?? "")
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(":")[0]);
  for (const name of [...Object.keys(traces.common_headers), "Content-Type"])
    expect(names).toContain(name);
  await service.close();
  server.close();
});
