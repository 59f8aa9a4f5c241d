import { afterAll, describe, expect, test } from "bun:test";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { expectProblem } from "../support/problems.ts";
import { createSandbox } from "../support/sandbox.ts";
import { deadPort } from "../support/servers.ts";
import { recordedFile } from "../support/wire/trace.ts";

/* What callers can and cannot make this service fetch, with URLs of files to upload. */

const DNS: Readonly<Record<string, string[]>> = {
  "inside.example": ["127.0.0.1"],
  "half.example": ["8.8.8.8", "10.0.0.1"],
  "files.example": ["127.0.0.1"],
};
const lookUp = async (name: string): Promise<string[]> =>
  DNS[name] ?? Promise.reject(new Error("ENOTFOUND"));
// The server of these tests may be asked under one name alone.
const guard = createHostGuard(parseAllowList(["files.example"]), { lookUp });
const platform = createBunPlatform({ guard, connectTimeoutMs: 500 });
const sandbox = await createSandbox({ platform, guard });

const asked: string[] = [];
const answers: Record<string, () => Response> = {
  "/photo.jpg": () => new Response(recordedFile("photo.jpg")),
  "/page": () =>
    new Response("<!doctype html>the page's words", { headers: { "Content-Type": "image/jpeg" } }),
  "/large.jpg": () => new Response(new Uint8Array(9 * 1024 * 1024).fill(0xff)),
  "/endless.jpg": () => {
    const start = new Uint8Array(1024 * 1024);
    start.set([0xff, 0xd8, 0xff]);
    return new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(start.slice()) }),
    );
  },
  "/to-inside": () => Response.redirect("http://inside.example/photo.jpg"),
  "/to-metadata": () => Response.redirect("http://169.254.169.254/latest/meta-data/"),
  "/to-photo": () => Response.redirect("/photo.jpg"),
};
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    return answers[pathname]?.() ?? new Response("the words of an error", { status: 404 });
  },
});
afterAll(async () => {
  await server.stop(true);
  await sandbox.close();
  platform.close();
});

const at = (path: string): string => `http://files.example:${server.port}${path}`;

/** Uploads what is at a URL; as a photo unless another kind is given. */
async function upload(url: string, kind = "photo") {
  asked.length = 0;
  const form = { url, caption: "by URL", title: "by URL" };
  return sandbox.request("POST", `/${kind}/upload/by/url`, {
    key: sandbox.testKey,
    session: sandbox.session,
    form,
  });
}

describe("a URL to upload from", () => {
  test("is fetched, and followed where it leads", async () => {
    for (const path of ["/photo.jpg", "/to-photo"]) {
      const answer = await upload(at(path));
      expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
    }
    expect(asked).toEqual(["/to-photo", "/photo.jpg"]);
  });

  test("leads nowhere but to the public internet, whatever is to be uploaded", async () => {
    const open = server.port;
    const wrong = [
      `http://127.0.0.1/`,
      `http://127.0.0.1:${open}/photo.jpg`,
      `http://inside.example:${open}/photo.jpg`,
      "http://inside.example/photo.jpg",
      "http://half.example/photo.jpg",
      "http://unknown.example/photo.jpg",
      "http://localhost/photo.jpg",
      "http://[::1]/photo.jpg",
      "http://[::ffff:7f00:1]/photo.jpg",
      "http://2130706433/photo.jpg",
      "http://0177.0.0.1/photo.jpg",
      "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
      "http://user:password@files.example/photo.jpg",
      "ftp://files.example/photo.jpg",
      "file:///etc/passwd",
      at("/to-inside"),
      at("/to-metadata"),
    ];
    for (const kind of ["photo", "video", "clip", "igtv", "story"])
      for (const url of wrong) {
        const answer = await upload(url, kind);
        expectProblem(answer, "UrlNotAllowed", `${kind} ${url}`);
        expect(
          asked.filter((path) => !path.startsWith("/to-")),
          url,
        ).toEqual([]);
      }
  });

  test("answers for open and closed ports of private hosts alike", async () => {
    const ports = [server.port, await deadPort()];
    const bodies = await Promise.all(
      ports.map(async (port) => {
        const { body } = await upload(`http://inside.example:${port}/`);
        return { ...body, request_id: null };
      }),
    );
    expect(bodies[0]).toEqual(bodies[1]);
  });

  test("must lead to a photo or a video, and not show what else is there", async () => {
    const page = await upload(at("/page"));
    expectProblem(page, "UnsupportedMedia");
    const missing = await upload(at("/nothing"));
    expectProblem(missing, "ValidationError");
    expect(missing.body.errors).toEqual([
      { field: "url", message: "leads to no file: the server answered 404" },
    ]);
    expect(page.text + missing.text).not.toContain("words");
    const closed = await upload(`http://files.example:${await deadPort()}/photo.jpg`);
    expectProblem(closed, "UrlUnreachable");
  });

  test("must not lead to more than is taken, whether it says so or not", async () => {
    expectProblem(await upload(at("/large.jpg")), "PayloadTooLarge");
    expectProblem(await upload(at("/endless.jpg")), "PayloadTooLarge");
  });
});
