import { type Static, type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import type { FileScope } from "../files/spool.ts";
import type { Action } from "../instagram/action-kinds.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import type { Scope } from "../tenants/scopes.ts";
import type { Administrator } from "./access/administrator.ts";
import type { BodyLines, LinesBody } from "./body-lines.ts";
import type { RequestContext } from "./context.ts";
import type { ProblemType } from "./problems.ts";

/** What a caller needs for a route. */
export type Access =
  | { readonly kind: "public" }
  | { readonly kind: "key"; readonly scope: Scope }
  | { readonly kind: "session"; readonly scope: Scope }
  | { readonly kind: "optional-session"; readonly scope: Scope }
  | { readonly kind: "admin" };

export type AccessKind = Access["kind"];
type AccessOf<Kind extends AccessKind> = Extract<Access, { kind: Kind }>;

/** Anyone may call the route. */
export const withoutKey: AccessOf<"public"> = { kind: "public" };
export const withKey = (scope: Scope): AccessOf<"key"> => ({ kind: "key", scope });
export const withSession = (scope: Scope): AccessOf<"session"> => ({ kind: "session", scope });
export const withOptionalSession = (scope: Scope): AccessOf<"optional-session"> => ({
  kind: "optional-session",
  scope,
});
/** The route needs the operator's token, or a key with the scope admin. */
export const withAdministrator: AccessOf<"admin"> = { kind: "admin" };

interface RequestInput {
  request: Request;
  context: RequestContext;
  /** The files of the request. They are gone when it has been answered. */
  files: FileScope;
  /** The lines of the request's body; none unless the route declares `lines`. */
  lines: BodyLines;
}

/** What a handler gets, by the access of its route. */
export interface InputByAccess {
  public: RequestInput;
  key: RequestInput & { key: AuthenticatedKey };
  session: RequestInput & { key: AuthenticatedKey; session: SessionInUse };
  "optional-session": RequestInput & { key: AuthenticatedKey; session: SessionInUse | null };
  admin: RequestInput & { administrator: Administrator };
}

/** The parameters of a path: `/admin/tenants/:tenant_id` has `tenant_id`. */
type ParametersIn<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & ParametersIn<Rest>
  : Path extends `${string}:${infer Name}`
    ? Record<Name, string>
    : unknown;

/** Everything that a handler can get; the types of its route narrow it down. */
export interface HandlerInput extends RequestInput {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  body: Readonly<Record<string, unknown>>;
  key: AuthenticatedKey | null;
  session: SessionInUse | null;
  administrator: Administrator | null;
}

/** What an upload makes: a post, a story or a message. */
export type UploadResult = "media" | "story" | "message";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A route as the service mounts it. */
export interface Route {
  readonly method: Method;
  /** With parameters as `:name`. */
  readonly path: string;
  /** Other paths of the same route. They are not in the OpenAPI document. */
  readonly aliases?: readonly string[];
  readonly access: Access;
  /** The operation's name in the contract; "" for a page. */
  readonly operationId: string;
  readonly query: TObject | null;
  readonly body: TObject | null;
  /** Maximum size of the body, in bytes; 64 KB when left out. */
  readonly maxBodyBytes?: number;
  /** The body is a list with an item a line, instead of fields. The handler reads it. */
  readonly lines?: LinesBody;
  /** Status of a successful answer; 200 when left out. */
  readonly successStatus?: number;
  /**
   * Content types of the file that it answers with, beside `returns` in JSON. Its handler answers HEAD
   * too, so that no file is fetched only to be counted.
   */
  readonly fileTypes?: readonly string[];
  /**
   * Instagram guards this action against doubles by a token that the client makes up. The token
   * comes from the Idempotency-Key, so a request whose outcome is unknown may be sent again under
   * the same key. What an upload has made is looked for by such a token instead.
   */
  readonly guarded?: boolean;
  /**
   * What it does at Instagram. When left out: an upload does what it makes; a GET reads, anything else
   * changes something that is none of the kinds; with the scope auth, or without a session, it logs in.
   */
  readonly action?: Action;
  /**
   * The route uploads, and this is what it makes. It may be asked to answer before the upload is
   * done (`Prefer: respond-async`).
   */
  readonly uploads?: UploadResult;
  /**
   * Returns, or resolves with, a Response or the value to send as JSON. Its input is the part of
   * HandlerInput that `access`, `query` and `body` promise. Throws Problem.
   */
  readonly handle: (input: never) => unknown;
}

/** What the OpenAPI document says about an operation, besides its path and fields. */
interface Description {
  summary: string;
  description?: string;
  /** Schema of the answer. The title of a model's schema is the model's name. */
  returns: TSchema;
  /** An answer that is not JSON. */
  text?: { readonly contentType: string; readonly example: string };
  /** An example of the answer with an item a line, which `Accept: application/x-ndjson` asks for. */
  lineExample?: string;
  /** Errors of this operation, besides those of every operation with its access. */
  errors?: readonly ProblemType[];
  /** Further statuses whose body has the same schema, with what they mean. */
  sameBodyFor?: Readonly<Record<number, string>>;
}

/** A route that is in the OpenAPI document. */
export interface Operation extends Route, Description {
  readonly tag: string;
}

/** Everything about one operation, in one place: access, fields, answer, errors, aliases. */
interface Declaration<A extends Access, Query extends TProperties, Body extends TProperties>
  extends Description,
    Pick<
      Route,
      | "operationId"
      | "aliases"
      | "maxBodyBytes"
      | "lines"
      | "successStatus"
      | "guarded"
      | "action"
      | "fileTypes"
      | "uploads"
    > {
  access: A;
  query?: Query;
  body?: Body;
}

type Handler<
  Path extends string,
  A extends Access,
  Query extends TProperties,
  Body extends TProperties,
> = (
  input: InputByAccess[A["kind"]] & {
    params: ParametersIn<Path>;
    query: Static<TObject<Query>>;
    body: Static<TObject<Body>>;
  },
) => unknown;

type NoFields = Record<never, never>;

/** Functions that declare the operations of a tag, one for each HTTP method. */
export function operations(tag: string) {
  const declare =
    (method: Method) =>
    <
      Path extends string,
      A extends Access,
      Query extends TProperties = NoFields,
      Body extends TProperties = NoFields,
    >(
      path: Path,
      declaration: Declaration<A, Query, Body>,
      handle: Handler<Path, A, Query, Body>,
    ): Operation => ({
      ...declaration,
      tag,
      method,
      path,
      query: objectOf(declaration.query),
      body: objectOf(declaration.body),
      handle,
    });
  return {
    get: declare("GET"),
    post: declare("POST"),
    patch: declare("PATCH"),
    remove: declare("DELETE"),
  };
}

const objectOf = (fields: TProperties | undefined): TObject | null =>
  fields === undefined ? null : Type.Object(fields);

/** Declares a route that is not in the OpenAPI document. */
export const unlisted = <Path extends string, A extends Access>(
  method: Method,
  path: Path,
  {
    operationId = "",
    ...declaration
  }: Partial<Pick<Route, "operationId" | "aliases">> & { access: A },
  handle: Handler<Path, A, NoFields, NoFields>,
): Route => ({ ...declaration, operationId, method, path, query: null, body: null, handle });

/** Instagram's own answer, passed through. */
export const PassedThrough = Type.Object({}, { additionalProperties: true });
