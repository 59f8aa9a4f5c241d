import { Elysia } from "elysia";
import { contextOf } from "./http/context.ts";
import type { Dependencies } from "./http/dependencies.ts";
import { problemResponse } from "./http/error-response.ts";
import { createGateway, type Gateway, unmatched } from "./http/gateway.ts";
import type { Documentation } from "./http/openapi.ts";
import { withOwnFiles } from "./http/sandbox-files.ts";
import { CallerGone } from "./instagram/errors.ts";
import { type JsonInput, JsonText, stringifyJson } from "./instagram/json.ts";
import { InvalidInput, Problem } from "./problems/problem.ts";
import { accountRoutes } from "./routes/account.ts";
import { adminRoutes } from "./routes/admin.ts";
import { authRoutes } from "./routes/auth.ts";
import { collectionRoutes } from "./routes/collection.ts";
import { commentRoutes } from "./routes/comment.ts";
import { directRoutes } from "./routes/direct.ts";
import { directMessageRoutes } from "./routes/direct-message.ts";
import { docsRoutes } from "./routes/docs.ts";
import { exploreRoutes } from "./routes/explore.ts";
import { friendshipRoutes } from "./routes/friendship.ts";
import { hashtagRoutes } from "./routes/hashtag.ts";
import { highlightRoutes } from "./routes/highlight.ts";
import { insightsRoutes } from "./routes/insights.ts";
import { locationRoutes } from "./routes/location.ts";
import { mediaRoutes } from "./routes/media.ts";
import { missingRoutes } from "./routes/missing.ts";
import { noteRoutes } from "./routes/note.ts";
import { notificationsRoutes } from "./routes/notifications.ts";
import { reelsRoutes } from "./routes/reels.ts";
import { sandboxRoutes } from "./routes/sandbox.ts";
import { searchRoutes } from "./routes/search.ts";
import { storyRoutes } from "./routes/story.ts";
import { systemRoutes } from "./routes/system.ts";
import { trackRoutes } from "./routes/track.ts";
import { userRoutes } from "./routes/user.ts";
import { userPostsRoutes } from "./routes/user-posts.ts";

/**
 * Composes the service. Makes no I/O: everything that reaches out is in `deps`.
 */
export function createApp(deps: Dependencies): Gateway {
  let documentation: Promise<Documentation> | null = null;
  const describe = (): Promise<Documentation> => {
    // What makes the document is large, and a service may live long without being asked for it.
    documentation ??= import("./http/openapi.ts").then(({ describeApp }) =>
      describeApp(deps.routeTable, deps.build.version),
    );
    return documentation;
  };
  const app = new Elysia()
    .onError(({ error, code, request }) => errorResponse(deps, request, code, error))
    .mapResponse(({ response, request }) =>
      response instanceof Response
        ? response
        : jsonResponse(response as JsonInput | JsonText, request),
    )
    .use(authRoutes(deps))
    .use(accountRoutes(deps))
    .use(collectionRoutes(deps))
    .use(reelsRoutes(deps))
    .use(exploreRoutes(deps))
    .use(userRoutes(deps))
    .use(friendshipRoutes(deps))
    .use(userPostsRoutes(deps))
    .use(noteRoutes(deps))
    .use(notificationsRoutes(deps))
    .use(insightsRoutes(deps))
    .use(mediaRoutes(deps))
    .use(storyRoutes(deps))
    .use(highlightRoutes(deps))
    .use(commentRoutes(deps))
    .use(directRoutes(deps))
    .use(directMessageRoutes(deps))
    .use(searchRoutes(deps))
    .use(trackRoutes(deps))
    .use(hashtagRoutes(deps))
    .use(locationRoutes(deps))
    .use(systemRoutes(deps))
    .use(adminRoutes(deps))
    .use(missingRoutes(deps))
    .use(sandboxRoutes(deps))
    .use(docsRoutes(deps, describe));
  deps.routeTable.fill(app);
  return createGateway(app, deps);
}

/** Every answer is JSON, a text or a boolean too: clients parse what they get. */
function jsonResponse(value: JsonInput | JsonText, request: Request): Response {
  const text = value instanceof JsonText ? value.text : stringifyJson(value ?? null);
  const context = contextOf(request);
  context.answerLength = text.length;
  const isTest = context.key?.mode === "test";
  return new Response(isTest ? withOwnFiles(text, request) : text, {
    headers: { "Content-Type": "application/json" },
  });
}

/** Elysia's own error codes for requests that it could not take apart. */
const MALFORMED = new Set<string | number>(["PARSE", "VALIDATION", "INVALID_COOKIE_SIGNATURE"]);

function errorResponse(
  deps: Dependencies,
  request: Request,
  code: string | number,
  error: unknown,
): Response {
  const context = contextOf(request);
  if (code === "NOT_FOUND") return problemResponse(unmatched(request, deps), context);
  if (!(error instanceof Problem)) {
    // Elysia's validation error would echo the input, passwords included.
    if (MALFORMED.has(code))
      return problemResponse(new InvalidInput([], "The request is malformed"), context);
    // What fails then is the reading of a body that was cut off.
    if (context.hungUp) return problemResponse(new CallerGone(), context);
    deps.logger.error({ err: error, request_id: context.id }, "unexpected failure");
  }
  return problemResponse(error, context);
}
