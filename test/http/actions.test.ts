import { describe, expect, test } from "bun:test";
import { Kind } from "@sinclair/typebox";
import type { Operation } from "../../src/http/route.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import type { RequestOptions } from "../support/service.ts";
import { HurriedTime, takesFiles } from "../support/uploads.ts";

/*
 * However an action is asked for, Instagram is asked for the same: as a form, as JSON, under another path,
 * and with lists in each of their forms.
 */

const sandbox = await sandboxOfFile(new HurriedTime().options);
const actions = sandbox.entries.filter(acts);

/** Fields that are made up anew for each request, or tell the time. */
const MADE_UP =
  /token|client_context|offline_threading_id|breadcrumb|creation_id|session_id|client_request_id|^reels$|timestamp|feed_position|upload_id|composition_id|entry_point|shared_at|taken_at|date_time/;

/** How an upload names what it sends. */
const UPLOAD_NAME = /\d{13}_0_\d{10}$/;

/** What Instagram is asked for, without what differs each time. */
async function asked(method: string, path: string, options: RequestOptions): Promise<unknown[]> {
  sandbox.instagram.beginAnew();
  const before = sandbox.instagram.calls.length;
  const answer = await sandbox.request(method, path, options);
  expect(answer.status, `${method} ${path} ${answer.text.slice(0, 300)}`).toBe(200);
  return sandbox.instagram.calls.slice(before).map(({ method, url, body }) => {
    const form = new URLSearchParams(body ?? "");
    const signed = form.get("signed_body");
    const fields: [string, unknown][] = signed
      ? Object.entries(JSON.parse(signed.slice(signed.indexOf(".") + 1)))
      : [...form];
    return [method, url.replace(UPLOAD_NAME, ""), fields.filter(([name]) => !MADE_UP.test(name))];
  });
}

/** JSON in which ids are numbers, with all their digits. */
const withNumbers = (fields: Record<string, unknown>): string =>
  JSON.stringify(fields).replaceAll(/"([1-9]\d{0,38})"/g, "$1");

const listsIn = ({ body, query }: Operation): string[] =>
  Object.entries((body ?? query)?.properties ?? {}).flatMap(([name, schema]) =>
    schema[Kind] === "Array" ? [name] : [],
  );

describe("every action asks Instagram for the same", () => {
  for (const entry of actions.filter((entry) => entry.body !== null && !takesFiles(entry)))
    test(`as a form, in parts and as JSON: ${entry.operationId}`, async () => {
      const { path, options } = await sandbox.example(entry);
      const { form = {}, ...caller } = options;
      const expected = await asked(entry.method, path, options);
      const parts = new FormData();
      for (const [name, value] of Object.entries(form)) parts.set(name, value);
      expect(await asked(entry.method, path, { ...caller, body: parts })).toEqual(expected);
      expect(await asked(entry.method, path, { ...caller, json: form })).toEqual(expected);
      const body = withNumbers(form);
      const headers = { "Content-Type": "application/json" };
      expect(await asked(entry.method, path, { ...caller, body, headers })).toEqual(expected);
    });

  for (const entry of actions.filter(({ aliases = [] }) => aliases.length > 0))
    test(`under its other paths: ${entry.operationId}`, async () => {
      const { path, options } = await sandbox.example(entry);
      const expected = await asked(entry.method, path, options);
      for (const alias of entry.aliases ?? [])
        expect(await asked(entry.method, alias, options), alias).toEqual(expected);
    });

  for (const entry of actions.filter((one) => !takesFiles(one)))
    for (const list of listsIn(entry))
      test(`with ${list} in each form of a list: ${entry.operationId}`, async () => {
        const { path, options } = await sandbox.example(entry);
        const place = entry.body ? "form" : "query";
        const { [place]: fields = {}, ...caller } = options;
        const given = fields[list];
        if (given === undefined || given.startsWith("{")) return;
        const items = given.split(",");
        const expected = await asked(entry.method, path, options);
        const repeated = new URLSearchParams(fields);
        repeated.delete(list);
        for (const item of items) repeated.append(list, item);
        if (place === "query") {
          expect(await asked(entry.method, `${path}?${repeated}`, caller)).toEqual(expected);
          return;
        }
        expect(await asked(entry.method, path, { ...caller, body: repeated })).toEqual(expected);
        const json = { ...fields, [list]: items };
        expect(await asked(entry.method, path, { ...caller, json })).toEqual(expected);
      });
});
