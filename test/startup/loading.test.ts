import { expect, test } from "bun:test";
import { loadedWith } from "../support/source.ts";

test("a start loads nothing that the first request may not need", () => {
  const loaded = loadedWith("src/main.ts");
  // The walk is right: what every start needs is in it.
  for (const needed of ["elysia", "pino", "src/compose.ts", "src/db/client.ts", "src/app.ts"])
    expect(loaded).toContain(needed);
  // The sandbox, what makes the documentation, SOCKS, and the parts of prom-client that nobody uses.
  for (const later of [
    "src/emulator/index.ts",
    "src/http/openapi.ts",
    "@elysiajs/swagger",
    "socks",
    "prom-client",
    // What reads and converts photos and videos.
    "src/media/photo.ts",
    "src/media/video.ts",
    "sharp",
    "mediabunny",
  ])
    expect(loaded).not.toContain(later);
});
