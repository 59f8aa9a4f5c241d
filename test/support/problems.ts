import { expect } from "bun:test";
import type { ProblemType } from "../../src/http/problems.ts";
import { problemKinds } from "../../src/http/problems.ts";
import type { Answer } from "./service.ts";

/**
 * Expects an answer to be the problem of that type in its full form, and returns its body. `status`
 * is the kind's own unless given: an unknown outcome has several.
 */
export function expectProblem(
  answer: Answer,
  type: ProblemType,
  about = "",
  status: number = problemKinds[type].status,
): any {
  const { body, headers } = answer;
  const seen = `${about} ${answer.status} ${answer.text.slice(0, 300)}`;
  expect(body?.exc_type, seen).toBe(type);
  expect(answer.status, seen).toBe(status);
  expectProblemForm(answer, about);
  expect(headers.get("x-request-id"), seen).toBe(body.request_id);
  return body;
}

/** Expects an answer with an error status to be a problem, whichever. */
export function expectProblemForm(answer: Answer, about = ""): void {
  const { body, headers, status } = answer;
  const seen = `${about} ${status} ${answer.text.slice(0, 300)}`;
  expect(headers.get("content-type"), seen).toBe("application/problem+json");
  expect(typeof body, seen).toBe("object");
  expect(body.status, seen).toBe(status);
  expect(body.type, seen).toBe(`urn:gramway:error:${body.exc_type}`);
  for (const name of ["title", "detail", "request_id"])
    expect(typeof body[name] === "string" && body[name] !== "", `${seen}: ${name}`).toBe(true);
  expect(headers.get("x-request-id"), seen).toBe(body.request_id);
}

/** The fields that a ValidationError names. */
export function faultyFields(answer: Answer): string[] {
  const body = expectProblem(answer, "ValidationError");
  return (body.errors ?? []).map(({ field }: { field: string }) => field);
}
