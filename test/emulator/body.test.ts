import { expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { TestClient } from "./client.ts";

const MEGABYTE = 2 ** 20;

test.each([
  ["in one piece", (text: string) => text],
  ["in pieces, without its length", (text: string) => new Response(text).body ?? ""],
])("a body of fields may not be larger than a megabyte: %s", async (_, bodyOf) => {
  const client = new TestClient(createEmulator());
  const send = async (length: number) => {
    const fields = JSON.stringify({ id: "x".repeat(length) });
    const body = bodyOf(`signed_body=SIGNATURE.${encodeURIComponent(fields)}`);
    return (await client.send("POST", "/api/v1/launcher/sync/", { body })).status;
  };
  expect(await send(MEGABYTE / 2)).toBe(200);
  expect(await send(MEGABYTE)).toBe(413);
});
