import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

const ACCOUNT = 2449243051851783;
const FEED = 2345520318892697;
const MEDIA = 3221905377882880;

const ask = (doc_id: unknown, variables: unknown, client = me) =>
  client.post("ads/graphql/", { surface: "x", doc_id, query_params: JSON.stringify(variables) });
const feed = (variables: object, client = me) =>
  ask(
    FEED,
    { count: 200, queryParams: { access_token: "", id: SANDBOX_PK }, ...variables },
    client,
  );
const topPosts = ({ json }: Awaited<ReturnType<typeof feed>>) =>
  json.data.shadow_instagram_user.business_manager.top_posts_unit.top_posts;

describe("insights", () => {
  test("of the account are the viewer's, who must have a professional one", async () => {
    const own = await ask(ACCOUNT, { query_params: { id: SANDBOX_PK } });
    expect(own.json.data.shadow_instagram_user.business_manager).toMatchObject({
      followers_unit: { followers_count: 342 },
    });
    const other = await loggedIn(emulator, "sandbox_private");
    for (const answer of [
      await ask(ACCOUNT, { query_params: { id: INSTAGRAM_PK } }),
      await ask(ACCOUNT, { query_params: { id: SANDBOX_PRIVATE_PK } }, other),
      await ask(ACCOUNT, {}),
      await feed({ queryParams: { id: SANDBOX_PRIVATE_PK } }, other),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.json.data.shadow_instagram_user.business_manager).toBeNull();
    }
    const profile = (await me.get(`users/${SANDBOX_PK}/info/`)).json.user;
    expect(profile).toMatchObject({ is_business: true, account_type: 2 });
  });

  test("of posts are paged, in the order of the figure that is asked for", async () => {
    const first = topPosts(await feed({ dataOrdering: "LIKE_COUNT" }));
    expect(first.page_info.has_next_page).toBe(true);
    const cursor = first.page_info.end_cursor;
    const second = topPosts(await feed({ dataOrdering: "LIKE_COUNT", cursor }));
    expect(second.page_info).toEqual({ end_cursor: null, has_next_page: false });
    const nodes = [...first.edges, ...second.edges].map(({ node }) => node);
    expect(new Set(nodes.map((node) => node.instagram_media_id)).size).toBe(36);
    const likes = nodes.map((node) => node.like_count);
    expect(likes).toEqual([...likes].sort((a, b) => b - a));
    expect((await feed({ dataOrdering: "SAVE_COUNT", cursor })).status).toBe(400);
    expect((await feed({ cursor: "x" })).status).toBe(400);
  });

  test("show what the post itself shows, likes of this world too", async () => {
    const client = await loggedIn(emulator, "sandbox", "likes");
    const { id, like_count } = (await client.get(`feed/user/${SANDBOX_PK}/`)).json.items[0];
    const insights = async () =>
      (await ask(MEDIA, { query_params: { id: id.split("_")[0] } }, client)).json.data
        .instagram_post_by_igid;
    expect((await insights()).like_count).toBe(like_count);
    await client.post(`media/${id}/like/`, { media_id: id });
    expect((await insights()).like_count).toBe(like_count + 1);
  });

  test("are refused without signature, document or variables, and of unknown names", async () => {
    const unsigned = await me.send("POST", "/api/v1/ads/graphql/", {
      form: { doc_id: String(ACCOUNT), query_params: "{}" },
    });
    expect(unsigned.json.message).toBe("Missing signed_body");
    for (const answer of [
      await ask(undefined, {}),
      await ask(1, {}),
      await ask(String(ACCOUNT), {}),
      await me.post("ads/graphql/", { doc_id: ACCOUNT, query_params: "{" }),
      await feed({ dataOrdering: "MOOD" }),
      await feed({ timeframe: "ONE_DAY" }),
    ])
      expect(answer.status).toBe(400);
    const nobody = await feed({}, new TestClient(emulator));
    expect(nobody.json.message).toBe("login_required");
  });

  test("are told to older apps too, which send a plain form", async () => {
    const old = (doc_id: string, variables: object) =>
      me.send("POST", "/api/v1/ads/graphql/", {
        query: { locale: "en_US", vc_policy: "insights_policy" },
        form: { access_token: "", doc_id, variables: JSON.stringify(variables) },
      });
    const account = await old("2552829571413315", { query_params: { id: String(SANDBOX_PK) } });
    expect(account.json.data.user.business_manager.followers_unit.followers_count).toBe(342);
    const posts = await old("1981884911894608", {
      count: 15,
      cursor: null,
      queryParams: { id: SANDBOX_PK },
    });
    const { edges } = posts.json.data.user.business_manager.top_posts_unit.top_posts;
    expect(edges).toHaveLength(15);
    const id = edges[0].node.instagram_media_id;
    const media = await old("2009845309144121", { query_params: { id } });
    expect(media.json.data.media).toEqual(edges[0].node);
  });
});
