import { type TSchema, Type } from "@sinclair/typebox";
import type { ProblemType } from "./problems.ts";

/** What a route says of itself beside its path and schemas; OpenAPI is made from it. */
export interface OperationDescription {
  /** The contract's name: generated clients call the method by it. */
  operationId: string;
  summary: string;
  description?: string;
  /** Schema of the answer; a model's schema carries its name as title. */
  returns: TSchema;
  /** Content type of the answer, when it is not JSON. */
  contentType?: string;
  /** What can go wrong beside what every operation of its kind can meet. */
  errors?: readonly ProblemType[];
  /** Other paths of the same operation: they answer the same and stay out of OpenAPI. */
  aliases?: readonly string[];
  /** Status of success; 200 when left out. */
  successStatus?: number;
  /** How large the body may be, in bytes; 64 KB when left out. */
  maxBodyBytes?: number;
  /** Further statuses whose body has the form of the answer. */
  sameBodyFor?: readonly number[];
}

/** What a route needs of its caller. */
export type Access = "public" | "key" | "session" | "optional-session" | "admin";

export interface OperationMeta extends OperationDescription {
  access: Access;
  tag: string;
}

const META = "x-gramway";

/** The `detail` of an Elysia route. Its description reaches OpenAPI; the rest is read by metaOf(). */
export function operation(
  tag: string,
  access: Access,
  description: OperationDescription,
): { operationId: string; summary: string; tags: string[] } {
  const meta: OperationMeta = { ...description, access, tag };
  const detail = {
    operationId: description.operationId,
    summary: description.summary,
    tags: [tag],
    ...(description.description ? { description: description.description } : {}),
  };
  // Not enumerable: the meta data is for the code, not for the document.
  Object.defineProperty(detail, META, { value: meta, enumerable: false });
  metaByOperation.set(description.operationId, meta);
  return detail;
}

const metaByOperation = new Map<string, OperationMeta>();

/** What operation() was told of an operation. */
export function metaOf(operationId: string): OperationMeta | undefined {
  return metaByOperation.get(operationId);
}

/** An upstream-shaped answer, passed through. */
export const Dict = Type.Object({}, { additionalProperties: true });
