import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { hashtagNamed } from "../../src/emulator/seed/hashtags.ts";
import type { Post } from "../../src/emulator/seed/posts.ts";
import { Seed } from "../../src/emulator/seed/seed.ts";
import type { ComputedList } from "../../src/emulator/store/list.ts";
import { World } from "../../src/emulator/world.ts";
import { TestClient } from "./client.ts";

/* Hashtags follow the captions of posts that are added or edited in a world. */

const seed = new Seed(1);
const sandbox = seed.people.named[1];
if (sandbox === undefined) throw new Error("no account");

const postAt = (position: number): Post => seed.posts.of(sandbox, position);
const write = (world: World, position: number, caption: string) =>
  world.posts.all.change({ ...postAt(position), caption });

const listed = (world: World, name: string, most = 2_000): bigint[] => {
  const hashtag = world.hashtags.named(name);
  return hashtag === undefined ? [] : itemsOf(world.hashtags.tagged(hashtag), most);
};
const itemsOf = ({ length, at }: ComputedList<Post>, most: number): bigint[] =>
  Array.from({ length: Math.min(length, most) }, (_, position) => at(position)?.pk ?? []).flat();
const count = (world: World, name: string) => world.hashtags.named(name)?.mediaCount;

describe("a hashtag in an edited caption", () => {
  test("shows the post first and counts it, until it is taken out again", () => {
    const world = new World(seed);
    const before = listed(world, "berlin");
    const wasCounted = count(world, "berlin") ?? 0;
    write(world, 5, "In #Berlin, again in #berlin");
    write(world, 3, "#BERLIN!");
    expect(listed(world, "#Berlin")).toEqual([postAt(3).pk, postAt(5).pk, ...before]);
    expect(count(world, "berlin")).toBe(wasCounted + 2);
    write(world, 5, "elsewhere");
    expect(listed(world, "berlin")).toEqual([postAt(3).pk, ...before]);
    world.posts.all.remove(postAt(3));
    expect(listed(world, "berlin")).toEqual(before);
    expect(count(world, "berlin")).toBe(wasCounted);
    expect(listed(new World(seed), "berlin")).toEqual(before);
  });

  test("keeps the places of the posts that were there", () => {
    const world = new World(seed);
    const berlin = hashtagNamed("berlin");
    if (berlin === undefined) throw new Error("no hashtag");
    const before = world.hashtags.tagged(berlin).at(700);
    write(world, 1, "#berlin");
    expect(world.hashtags.tagged(berlin).at(700)).toEqual(before);
  });

  test("is counted once, even where the post had it at the start", () => {
    const world = new World(seed);
    const positions = Array.from({ length: sandbox.postCount }, (_, position) => position);
    const tagged = positions.find((position) => postAt(position).caption.includes("#travel"));
    if (tagged === undefined) throw new Error("no caption with a hashtag");
    const before = count(world, "travel") ?? 0;
    write(world, tagged, "still #travel");
    expect(count(world, "travel")).toBe(before);
    write(world, tagged, "no more");
    expect(count(world, "travel")).toBe(before - 1);
  });

  test("may be new: then it is there while a caption holds it", () => {
    const world = new World(seed);
    expect(world.hashtags.named("neverseenbefore")).toBeUndefined();
    write(world, 0, "#NeverSeenBefore #größe");
    const made = world.hashtags.named("#neverSeenBefore");
    expect(made).toMatchObject({ name: "neverseenbefore", mediaCount: 1 });
    expect(listed(world, "neverseenbefore")).toEqual([postAt(0).pk]);
    expect(world.hashtags.search("neverseen", 5)).toEqual([made!]);
    write(world, 0, "");
    expect(world.hashtags.named("neverseenbefore")).toBeUndefined();
    expect(world.hashtags.search("neverseen", 5)).toEqual([]);
  });

  test("lists 60 such posts at the most", () => {
    const world = new World(seed);
    for (let number = 0; number < 80; number++)
      world.posts.all.add({
        ...postAt(0),
        pk: 9_000_000_000_000_000_000n + BigInt(number),
        position: -1,
        takenAt: Date.UTC(2026, 0, 1) + number,
        caption: "#justhere",
      });
    expect(listed(world, "justhere")).toHaveLength(60);
    expect(listed(world, "justhere")[0]).toBe(9_000_000_000_000_000_079n);
    expect(count(world, "justhere")).toBe(80);
  });
});

test("a caption has 30 hashtags at the most, each counted once", async () => {
  const client = new TestClient(createEmulator());
  await client.login("sandbox");
  const tags = Array.from({ length: 30 }, (_, at) => `#tag${at}`).join(" ");
  const edit = async (caption_text: string) =>
    (await client.post(`media/${postAt(0).pk}/edit_media/`, { caption_text })).status;
  expect(await edit(`${tags} #TAG1`)).toBe(200);
  expect(await edit(`${tags} #another`)).toBe(400);
  expect((await client.get("tags/tag29/info/")).json.media_count).toBe(1);
});
