import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { testKey: key, session } = sandbox;
const ask = (origin: string, path: string) =>
  sandbox.request("GET", `${origin}${path}`, { key, session });

describe("the host that a request was sent to", () => {
  const origins = [
    "http://localhost",
    "http://127.0.0.1:8000",
    "http://[::1]:8000",
    "https://gramway.example",
    "http://gateway",
    "http://xn--bcher-kva.example:8080",
  ];
  for (const origin of origins)
    test(`does not matter: ${origin}`, async () => {
      expect((await ask(origin, "/health")).status).toBe(200);
      expect((await ask(origin, "/user/info?username=instagram")).status).toBe(200);
      const missing = expectProblem(await ask(origin, "/nothing"), "NotFound");
      expect(JSON.stringify(missing)).not.toContain(new URL(origin).hostname);
    });

  test("does not matter where its name is short, as a container's is", async () => {
    for (const origin of ["http://gw", "http://a", "http://a:1"]) {
      expect((await ask(origin, "/health")).status, origin).toBe(200);
      expectProblem(await ask(origin, "/nothing"), "NotFound");
    }
  });
});
