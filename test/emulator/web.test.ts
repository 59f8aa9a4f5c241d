import { describe, expect, test } from "bun:test";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);
const visitor = new TestClient(emulator);
const host = "www.instagram.com";

describe("share links", () => {
  test("lead to the post, which exists", async () => {
    const answer = await visitor.send("GET", "/share/p/BAabcdef12/", { host });
    expect(answer.status).toBe(302);
    const [, code = ""] =
      /^https:\/\/www\.instagram\.com\/(?:p|reel)\/([\w-]+)\/$/.exec(
        answer.headers.get("location") ?? "",
      ) ?? [];
    const again = await visitor.send("GET", `/share/p/${code}/`, { host });
    expect(again.headers.get("location")).toBe(answer.headers.get("location"));
    expect((await visitor.send("GET", "/share/p/nothing/", { host })).status).toBe(404);
  });
});

describe("GraphQL", () => {
  const query = (id: string, headers: Record<string, string> = {}) =>
    visitor.send("POST", "/graphql/query/", {
      host,
      headers: {
        "User-Agent":
          "Instagram 273.0.0.16.70 (iPhone15,2; iOS 17_5_1; en_US; en-US; scale=3.00; 1290x2796; 470085518)",
        "X-FB-Friendly-Name": "PolarisProfilePageContentQuery",
        Cookie: `sessionid=${sandboxSessionId("sandbox")}`,
        ...headers,
      },
      form: {
        variables: JSON.stringify({ id, render_surface: "PROFILE" }),
        doc_id: "26762473490008061",
        server_timestamps: "true",
      },
    });

  test("shows the profile of a user id", async () => {
    const answer = await query(String(INSTAGRAM_PK));
    expect(answer.json.data.user).toMatchObject({ pk: INSTAGRAM_PK, username: "instagram" });
  });

  test("wants a session and an id", async () => {
    const anonymous = await query(String(INSTAGRAM_PK), { Cookie: "mid=x" });
    expect(anonymous.status).toBe(401);
    expect(anonymous.json).toMatchObject({ require_login: true, status: "fail" });
    expect((await query("5")).status).toBe(404);
  });

  test("knows no other query", async () => {
    const answer = await me.send("POST", "/graphql/query/", {
      host,
      form: { variables: "{}", doc_id: "1" },
    });
    expect(answer.status).toBe(400);
  });

  test("web_profile_info shows the profile of a username", async () => {
    const answer = await me.send("GET", "/api/v1/users/web_profile_info/", {
      host,
      query: { username: "instagram" },
    });
    expect(answer.json.data.user).toMatchObject({
      id: String(INSTAGRAM_PK),
      username: "instagram",
    });
  });

  test("web_profile_info gives the counts and links that the app gets", async () => {
    const client = await loggedIn(emulator, "sandbox", "web counts");
    await client.post(`friendships/create/${INSTAGRAM_PK}/`, { user_id: String(INSTAGRAM_PK) });
    for (const username of ["instagram", "sandbox"]) {
      const app = (await client.get(`users/${username}/usernameinfo/`)).json.user;
      const answer = await client.send("GET", "/api/v1/users/web_profile_info/", {
        host,
        query: { username },
      });
      expect(answer.json.data.user).toMatchObject({
        edge_followed_by: { count: app.follower_count },
        edge_follow: { count: app.following_count },
        bio_links: app.bio_links,
        external_url: app.external_url || null,
      });
    }
  });
});

describe("pictures and videos", () => {
  const fetchFile = async (url: string) => {
    expect(url).toStartWith("https://scontent.cdninstagram.com/");
    const response = await emulator.handle(new Request(url));
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get("content-length")).toBe(String(bytes.length));
    return { type: response.headers.get("content-type"), bytes };
  };

  test("of a Reel are a JPEG and an MP4 of the size that its post says", async () => {
    const { json } = await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 50 });
    const clip = json.items.find((item: { product_type: string }) => item.product_type === "clips");
    const picture = await fetchFile(clip.image_versions2.candidates[0].url);
    expect(picture.type).toBe("image/jpeg");
    expect(picture.bytes.subarray(0, 3).toString("hex")).toBe("ffd8ff");
    expect(picture.bytes.subarray(-2).toString("hex")).toBe("ffd9");
    const frame = picture.bytes.indexOf(Buffer.from([0xff, 0xc0]));
    expect(picture.bytes.readUInt16BE(frame + 5)).toBe(1920);
    expect(picture.bytes.readUInt16BE(frame + 7)).toBe(1080);
    const video = await fetchFile(clip.video_versions[0].url);
    expect(video.type).toBe("video/mp4");
    expect(boxesOf(video.bytes)).toEqual(["ftyp", "moov", "mdat"]);
  });

  test("of carousels and avatars exist too", async () => {
    const { json } = await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: 50 });
    const album = json.items.find((item: { media_type: number }) => item.media_type === 8);
    for (const item of album.carousel_media) {
      await fetchFile(item.image_versions2.candidates[0].url);
      if (item.video_versions) await fetchFile(item.video_versions[0].url);
    }
    await fetchFile(album.user.profile_pic_url);
  });

  test("of other names are not there", async () => {
    const url = "https://scontent.cdninstagram.com/v/t51.2885-15/file.exe";
    expect((await emulator.handle(new Request(url))).status).toBe(404);
  });
});

/** Types of an MP4's outermost boxes; their sizes must add up to the file's. */
function boxesOf(file: Buffer): string[] {
  const types: string[] = [];
  let at = 0;
  while (at < file.length) {
    types.push(file.toString("latin1", at + 4, at + 8));
    at += file.readUInt32BE(at);
  }
  expect(at).toBe(file.length);
  return types;
}

describe("the website's query for a post", () => {
  const ask = (shortcode: string) =>
    visitor.send("POST", "/graphql/query/", {
      host,
      form: {
        variables: JSON.stringify({ shortcode }),
        doc_id: "8845758582119845",
        server_timestamps: "true",
      },
    });

  test("shows a public post to anybody and names its owner", async () => {
    const feed = await me.get(`feed/user/${INSTAGRAM_PK}/`, { count: "1" });
    const { code } = feed.json.items[0];
    const shown = await ask(code);
    expect(shown.json.data.xdt_shortcode_media).toMatchObject({
      shortcode: code,
      owner: { id: String(INSTAGRAM_PK), username: "instagram" },
    });
  });

  test("shows nothing where there is no post", async () => {
    expect((await ask("AAAAAAAAAAA")).json.data.xdt_shortcode_media).toBeNull();
  });
});
