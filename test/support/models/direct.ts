import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Json, type JsonObject, parsePlain } from "../../../src/instagram/json.ts";
import { fields, listOf } from "./recorded.ts";

const fixture = fields(
  parsePlain(readFileSync(join(import.meta.dir, "../../fixtures/direct.json"), "utf8")),
);
const part = (name: string): { answer: Json; result: Json } => {
  const { answer = null, result = null } = fields(fixture[name]);
  return { answer, result };
};

/** A thread with a message of every kind, and what the recorded client makes of it. */
export const everyKind: { answer: JsonObject; result: JsonObject } = {
  answer: fields(part("thread").answer),
  result: fields(part("thread").result),
};

/** Items of a search for messages, and what the recorded client makes of them. */
export const found: { answer: Json[]; result: Json } = {
  answer: listOf(part("found").answer),
  result: part("found").result,
};
