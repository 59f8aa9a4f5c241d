import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { pksOf } from "../support/pages.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, testKey: key } = sandbox;
const medias = (query: Record<string, string>) => get("/account/collection/media", query);

interface Collection {
  id: string;
  name: string;
  type: string;
  media_count: number;
}
const collections: Collection[] = (await get("/account/collections")).body;
const [all, trips] = collections as [Collection, Collection];
const nothing = collections.at(-1)!;

describe("GET /account/collections", () => {
  test("lists all of them, that of all posts first, over as many pages as there are", async () => {
    const answer = await get("/account/collections");
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
    expect(all).toMatchObject({
      id: "ALL_MEDIA_AUTO_COLLECTION",
      type: "ALL_MEDIA_AUTO_COLLECTION",
    });
    expect(collections).toHaveLength(13);
    expect(new Set(collections.map(({ id }) => id)).size).toBe(13);
    for (const { id, type } of collections.slice(1)) {
      expect(type).toBe("MEDIA");
      expect(id).toMatch(/^\d{17}$/);
    }
    expect(trips).toMatchObject({ name: "Trips" });
    expect(trips.media_count).toBeGreaterThan(20);
    expect(all.media_count).toBeGreaterThan(trips.media_count);
    expect(nothing.media_count).toBe(0);
  });

  test("is empty for an account that saved nothing", async () => {
    const form = { username: "sandbox_2fa", password: "sandbox", verification_code: "123456" };
    const fresh = await sandbox.request("POST", "/auth/login", { key, form });
    const answer = await get("/account/collections", {}, fresh.body);
    expect([answer.status, answer.body]).toEqual([200, []]);
    expect((await get("/account/liked/media", {}, fresh.body)).body).toEqual([]);
    const saved = { collection_pk: "ALL_MEDIA_AUTO_COLLECTION" };
    expect((await get("/account/collection/media", saved, fresh.body)).body).toEqual([]);
    expectProblem(
      await get("/account/collection", { name: "Trips" }, fresh.body),
      "CollectionNotFound",
    );
  });
});

describe("GET /account/collection", () => {
  test("finds one by pk and by name", async () => {
    for (const query of [
      { collection_pk: trips.id },
      { collection_pk: ` ${trips.id} ` },
      { name: "Trips" },
      { name: " Trips " },
      { name: "Trips", collection_pk: "" },
      { collection_pk: trips.id, name: "" },
    ] as Record<string, string>[])
      expect((await get("/account/collection", query)).body, JSON.stringify(query)).toEqual(trips);
    for (const { id, name, ...rest } of collections) {
      const byName = (await get("/account/collection", { name })).body;
      expect(byName).toEqual({ id, name, ...rest });
      expect((await get("/account/collection", { collection_pk: id })).body).toEqual(byName);
    }
  });

  test("answers 404 to one that is not there", async () => {
    for (const query of [
      { collection_pk: "1" },
      { collection_pk: "saved" },
      { name: "trips" },
      { name: "Nowhere" },
    ] as Record<string, string>[])
      expectProblem(await get("/account/collection", query), "CollectionNotFound");
  });
});

test("a collection is named by exactly one of pk and name, and by a pk that can be one", async () => {
  for (const path of ["/account/collection", "/account/collection/media"]) {
    const wrong: [Record<string, string>, string][] = [
      [{}, "collection_pk"],
      [{ collection_pk: trips.id, name: "Trips" }, "collection_pk"],
      [{ collection_pk: "" }, "collection_pk"],
      [{ name: "" }, "collection_pk"],
      [{ name: "  " }, "name"],
      [{ collection_pk: `${trips.id}_1` }, "collection_pk"],
      [{ collection_pk: "1785O000000000001" }, "collection_pk"],
      [{ collection_pk: "9".repeat(30) }, "collection_pk"],
      [{ collection_pk: "../liked" }, "collection_pk"],
    ];
    for (const [query, field] of wrong) {
      const answer = await get(path, query);
      expect(faultyFields(answer), `${path} ${JSON.stringify(query)}`).toEqual([field]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  }
});

describe("GET /account/collection/media", () => {
  test("gives as many as wanted, from as many pages as needed, the same ones first", async () => {
    const whole = (await medias({ collection_pk: trips.id, amount: "200" })).body;
    expect(whole).toHaveLength(trips.media_count);
    expect(new Set(pksOf(whole)).size).toBe(trips.media_count);
    for (const [amount, calls] of [
      ["1", "1"],
      ["10", "1"],
      ["11", "2"],
      ["21", "3"],
    ] as const) {
      const answer = await medias({ collection_pk: trips.id, amount });
      expect(answer.body, amount).toEqual(whole.slice(0, Number(amount)));
      expect(answer.headers.get("gramway-upstream-calls"), amount).toBe(calls);
    }
    expect((await medias({ collection_pk: trips.id })).body).toEqual(whole.slice(0, 21));
  });

  test("ends before the post that was seen last, and asks for no page beyond it", async () => {
    const whole = pksOf((await medias({ collection_pk: trips.id, amount: "200" })).body);
    for (const [place, calls] of [
      [0, "1"],
      [4, "1"],
      [10, "2"],
      [15, "2"],
    ] as const)
      for (const spelled of [whole[place]!, `${whole[place]}_25025320`]) {
        const query = { collection_pk: trips.id, amount: "200", last_media_pk: spelled };
        const answer = await medias(query);
        expect(pksOf(answer.body), spelled).toEqual(whole.slice(0, place));
        expect(answer.headers.get("gramway-upstream-calls"), spelled).toBe(calls);
      }
    const elsewhere = { collection_pk: trips.id, amount: "12", last_media_pk: "77" };
    expect(pksOf((await medias(elsewhere)).body)).toEqual(whole.slice(0, 12));
    const early = { collection_pk: trips.id, amount: "3", last_media_pk: whole[10]! };
    expect(pksOf((await medias(early)).body)).toEqual(whole.slice(0, 3));
  });

  test("by name gives the first 21, whatever else is said, for the list of collections more", async () => {
    const byPk = await medias({ collection_pk: trips.id });
    expect(byPk.body).toHaveLength(21);
    const queries: Record<string, string>[] = [{}, { amount: "1" }];
    for (const query of [...queries, { last_media_pk: String(byPk.body[3].pk) }]) {
      const byName = await medias({ name: "Trips", ...query });
      expect(byName.body).toEqual(byPk.body);
      expect(byName.headers.get("gramway-upstream-calls")).toBe("5");
    }
  });

  test("gives all saved posts, and the liked ones, by their words", async () => {
    const saved = await medias({ collection_pk: "ALL_MEDIA_AUTO_COLLECTION", amount: "200" });
    expect(saved.body).toHaveLength(all.media_count);
    for (const word of ["saved", "PRODUCT_AUTO_COLLECTION"])
      expect((await medias({ collection_pk: word, amount: "200" })).body).toEqual(saved.body);
    expect((await medias({ name: all.name })).body).toEqual(saved.body.slice(0, 21));
    const inTrips = pksOf((await medias({ collection_pk: trips.id, amount: "200" })).body);
    expect(pksOf(saved.body).filter((pk) => inTrips.includes(pk))).toEqual(inTrips);
    const liked = await get("/account/liked/media");
    for (const word of ["liked", "LIKED"])
      expect((await medias({ collection_pk: word })).body).toEqual(liked.body);
  });

  test("gives posts of every kind and many people, with every digit of their pks", async () => {
    const { body } = await medias({ collection_pk: "saved", amount: "200" });
    const kinds = new Set(body.map((media: any) => `${media.media_type} ${media.product_type}`));
    expect([...kinds].sort()).toEqual(["1 feed", "2 clips", "2 feed", "8 carousel_container"]);
    expect(new Set(body.map(({ user }: any) => user.pk)).size).toBeGreaterThan(20);
    for (const { pk, id, user } of body) expect(id).toBe(`${pk}_${user.pk}`);
  });

  test("is empty for a collection with nothing in it", async () => {
    expect((await medias({ collection_pk: nothing.id })).body).toEqual([]);
    expect((await medias({ name: nothing.name })).body).toEqual([]);
  });

  test("answers 404 to a collection that is not there", async () => {
    for (const query of [{ collection_pk: "17850000000000001" }, { name: "Nowhere" }] as Record<
      string,
      string
    >[])
      expectProblem(await medias(query), "CollectionNotFound");
  });

  test("fails with the upstream's error rather than leave pages out", async () => {
    sandbox.instagram.on("feed/saved/posts/", ({ url }) =>
      url.includes("max_id=") ? reply(400, { message: "feedback_required" }) : undefined,
    );
    const answer = await medias({ collection_pk: "saved", amount: "11" });
    expectProblem(answer, "FeedbackRequired");
  });

  test("ends where the upstream's cursor leads nowhere new, and leaves odd items out", async () => {
    const good = `{"media":{"pk":3012345678901234567,"media_type":1,"user":{"pk":1,"username":"a"}}}`;
    const page = `{"items":[null,{},${good},7],"next_max_id":"same","status":"ok"}`;
    sandbox.instagram.on("feed/saved/posts/", reply(200, page));
    const answer = await medias({ collection_pk: "saved", amount: "200" });
    // What the upstream lists twice comes twice.
    expect(pksOf(answer.body)).toEqual(["3012345678901234567", "3012345678901234567"]);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
  });
});
