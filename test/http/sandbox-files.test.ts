import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { importSession } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { testKey: key, session, request } = sandbox;

const INSTAGRAMS = /https?:\/\/[\w.-]+\.(?:cdninstagram\.com|fbcdn\.net)\//;
const OWN = /http:\/\/localhost\/sandbox\/cdn\/[^"\\ &?]+/g;

describe("pictures and videos of the sandbox", () => {
  test("are named on this service in every answer, and are there", async () => {
    const files = new Set<string>();
    for (const entry of sandbox.entries) {
      const { text } = await sandbox.call(entry);
      expect(text, entry.operationId).not.toMatch(INSTAGRAMS);
      for (const [url] of text.matchAll(OWN)) files.add(url);
    }
    expect(files.size).toBeGreaterThan(100);
    const types = new Set<string>();
    for (const url of files) {
      const file = await request("GET", url);
      expect(file.status, url).toBe(200);
      expect(file.headers.get("cache-control"), url).toContain("immutable");
      types.add(file.headers.get("content-type") ?? "");
    }
    expect([...types].sort()).toEqual(["image/jpeg", "video/mp4"]);
  });

  const pictureFor = async (headers: Record<string, string>): Promise<string> => {
    const query = { username: "instagram" };
    const { body } = await request("GET", "/user/info", { key, session, query, headers });
    return body.profile_pic_url;
  };

  test("lead to where the caller reached the service", async () => {
    expect(await pictureFor({ Host: "api.example:8443" })).toStartWith(
      "http://api.example:8443/sandbox/cdn/v/",
    );
    expect(await pictureFor({ Host: "[::1]:8000" })).toStartWith("http://[::1]:8000/sandbox/cdn/");
    const behindTls = { Host: "api.example", "X-Forwarded-Proto": "https" };
    expect(await pictureFor(behindTls)).toStartWith("https://api.example/sandbox/cdn/");
  });

  test("stay Instagram's where the Host header is none", async () => {
    for (const host of [
      'evil.example/"><script>',
      "a b",
      "user@evil.example",
      "evil.example?x=",
      `${"a.".repeat(5000)}!`,
      "",
    ])
      expect(await pictureFor({ Host: host }), host).toMatch(INSTAGRAMS);
  });

  test("take nothing but a scheme from X-Forwarded-Proto", async () => {
    for (const scheme of ["javascript", "https://evil.example/", "ftp", ""])
      expect(await pictureFor({ Host: "api.example", "X-Forwarded-Proto": scheme })).toStartWith(
        "http://api.example/sandbox/cdn/",
      );
  });

  test("are bounded in size, whatever is asked for", async () => {
    const answer = await request("GET", "/sandbox/cdn/v/t51.2885-15/x_9999x9999_n.jpg");
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get("content-length"))).toBeLessThan(20_000);
  });

  test("are answered in part, and not at all to who has them", async () => {
    const path = "/sandbox/cdn/v/t51.2885-15/x_640x640_n.jpg";
    const whole = await request("GET", path);
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
    const part = await request("GET", path, { headers: { Range: "bytes=0-9" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-length")).toBe("10");
    const length = whole.headers.get("content-length");
    expect(part.headers.get("content-range")).toBe(`bytes 0-9/${length}`);
    const beyond = await request("GET", path, { headers: { Range: "bytes=999999-" } });
    expect(beyond.status).toBe(416);
    const known = { "If-None-Match": whole.headers.get("etag") ?? "" };
    expect((await request("GET", path, { headers: known })).status).toBe(304);
  });

  test("are answered 404 for other paths, and 405 for other methods", async () => {
    for (const path of [
      "/sandbox/cdn/v/t51.2885-15/notes.txt",
      "/sandbox/cdn/v/../../api/v1/users/25025320/info/",
      "/sandbox/cdn/api/v1/users/25025320/info/",
      "/sandbox/cdn/%2e%2e/%2e%2e/etc/passwd",
      "/sandbox/cdn//evil.example/v/a/b.jpg",
    ])
      expectProblem(await request("GET", path), "NotFound", path);
    expectProblem(await request("POST", "/sandbox/cdn/v/a/b.jpg"), "MethodNotAllowed");
  });
});

test("live answers are handed on as they are", async () => {
  const profile_pic_url = "https://scontent.cdninstagram.com/v/a_150x150.jpg";
  const counts = { media_count: 1, follower_count: 1, following_count: 1 };
  const user = { pk: 25025320, username: "instagram", profile_pic_url, ...counts };
  sandbox.instagram.on("users/instagram/usernameinfo/", reply(200, { user, status: "ok" }));
  const answer = await request("GET", "/user", {
    key: sandbox.liveKey,
    session: await importSession(sandbox),
    query: { username: "instagram" },
  });
  expect(answer.text).toContain("https://scontent.cdninstagram.com/v/a_150x150.jpg");
});
