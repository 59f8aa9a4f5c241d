import { contextOf } from "./http/context.ts";
import type { Dependencies } from "./http/dependencies.ts";
import { createRouter } from "./http/elysia.ts";
import { problemResponse } from "./http/error-response.ts";
import { createGateway, type Gateway, unmatched } from "./http/gateway.ts";
import { createHandler } from "./http/handler.ts";
import type { Logger } from "./http/logger.ts";
import type { Documentation } from "./http/openapi.ts";
import type { Operation, Route } from "./http/route.ts";
import { RouteTable } from "./http/route-table.ts";
import { CallerGone } from "./instagram/errors.ts";
import { Problem } from "./problems/problem.ts";
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

/** The composed service, without a listener. */
export interface App {
  handle: Gateway;
  /** What the OpenAPI document lists. */
  operations: readonly Operation[];
}

/**
 * Composes the service. Makes no I/O: everything that reaches out is in `deps`.
 */
export function createApp(deps: Dependencies): App {
  let documentation: Promise<Documentation> | null = null;
  const describe = (): Promise<Documentation> => {
    // What makes the document is large, and a service may live long without being asked for it.
    documentation ??= import("./http/openapi.ts").then(({ describeApp }) =>
      describeApp(table.operations, deps.build.version),
    );
    return documentation;
  };
  const routes: Route[] = [
    ...authRoutes(deps.logins),
    ...accountRoutes,
    ...collectionRoutes,
    ...reelsRoutes,
    ...exploreRoutes,
    ...userRoutes,
    ...friendshipRoutes,
    ...userPostsRoutes,
    ...noteRoutes,
    ...notificationsRoutes,
    ...insightsRoutes,
    ...mediaRoutes(deps.sessions),
    ...storyRoutes,
    ...highlightRoutes,
    ...commentRoutes,
    ...directRoutes,
    ...directMessageRoutes,
    ...searchRoutes,
    ...trackRoutes,
    ...hashtagRoutes,
    ...locationRoutes,
    ...systemRoutes(deps),
    ...adminRoutes(deps),
    ...missingRoutes,
    ...sandboxRoutes(deps.sandboxFile),
    ...docsRoutes(describe, deps.dependencyVersions["swagger-ui-dist"] ?? ""),
  ];
  const table = new RouteTable(routes);
  const route = createRouter(routes, {
    handlerOf: (one) => createHandler(deps, one),
    unmatched: (request) => problemResponse(unmatched(request, table), contextOf(request)),
    failed: (request, error) => failure(deps.logger, request, error),
  });
  return { handle: createGateway(route, table, deps), operations: table.operations };
}

function failure(logger: Logger, request: Request, error: unknown): Response {
  const context = contextOf(request);
  if (error instanceof Problem) return problemResponse(error, context);
  // What fails then is the reading of a body that was cut off.
  if (context.hungUp) return problemResponse(new CallerGone(), context);
  logger.error({ err: error, request_id: context.id }, "unexpected failure");
  return problemResponse(error, context);
}
