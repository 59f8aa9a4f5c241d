import type { AuditLog } from "./audit/audit-log.ts";
import type { Downloads } from "./http/downloads.ts";
import { createRouter } from "./http/elysia.ts";
import {
  createGateway,
  type Gateway,
  type GatewayDependencies,
  unmatched,
} from "./http/gateway.ts";
import { createHandler, type HandlerDependencies } from "./http/handler.ts";
import type { Operation, Route } from "./http/route.ts";
import { RouteTable } from "./http/route-table.ts";
import type { UploadDependencies } from "./http/upload-dependencies.ts";
import { accountRoutes } from "./routes/account.ts";
import { adminAuditRoutes } from "./routes/admin-audit.ts";
import { apiKeyRoutes } from "./routes/admin-keys.ts";
import { type MachinesDependencies, machineRoutes } from "./routes/admin-machines.ts";
import { adminProxyRoutes } from "./routes/admin-proxies.ts";
import { sessionSwitchRoutes } from "./routes/admin-sessions.ts";
import { tenantRoutes } from "./routes/admin-tenants.ts";
import { type UpstreamDependencies, upstreamRoutes } from "./routes/admin-upstream.ts";
import { adminUsageRoutes } from "./routes/admin-usage.ts";
import { albumDownloadRoutes } from "./routes/album-download.ts";
import { albumUploadRoutes } from "./routes/album-upload.ts";
import { auditRoutes } from "./routes/audit.ts";
import { authRoutes } from "./routes/auth.ts";
import { clipUploadRoutes } from "./routes/clip-upload.ts";
import { collectionRoutes } from "./routes/collection.ts";
import { commentRoutes } from "./routes/comment.ts";
import { commentActionRoutes } from "./routes/comment-actions.ts";
import { directRoutes } from "./routes/direct.ts";
import { directActionRoutes } from "./routes/direct-actions.ts";
import { directMessageRoutes } from "./routes/direct-message.ts";
import { directSendRoutes } from "./routes/direct-send.ts";
import { directThreadRoutes } from "./routes/direct-thread.ts";
import { directUploadRoutes } from "./routes/direct-upload.ts";
import { type Documentation, docsRoutes } from "./routes/docs.ts";
import { exploreRoutes } from "./routes/explore.ts";
import { friendshipRoutes } from "./routes/friendship.ts";
import { friendshipActionRoutes } from "./routes/friendship-actions.ts";
import { hashtagRoutes } from "./routes/hashtag.ts";
import { highlightRoutes } from "./routes/highlight.ts";
import { igtvUploadRoutes } from "./routes/igtv-upload.ts";
import { insightsRoutes } from "./routes/insights.ts";
import { locationRoutes } from "./routes/location.ts";
import { mediaRoutes } from "./routes/media.ts";
import { mediaActionRoutes } from "./routes/media-actions.ts";
import { mediaDownloadRoutes } from "./routes/media-download.ts";
import { noteRoutes } from "./routes/note.ts";
import { notificationsRoutes } from "./routes/notifications.ts";
import { photoUploadRoutes } from "./routes/photo-upload.ts";
import { type ProxyDependencies, proxyRoutes } from "./routes/proxy.ts";
import { type ProxyCheckDependencies, proxyCheckRoutes } from "./routes/proxy-check.ts";
import { reelsRoutes } from "./routes/reels.ts";
import { type SandboxFile, sandboxRoutes } from "./routes/sandbox.ts";
import { searchRoutes } from "./routes/search.ts";
import { type ManagementDependencies, sessionRoutes } from "./routes/session.ts";
import { sessionExportRoutes } from "./routes/sessions-export.ts";
import { type ImportDependencies, sessionImportRoutes } from "./routes/sessions-import.ts";
import { storyRoutes } from "./routes/story.ts";
import { storyDownloadRoutes } from "./routes/story-download.ts";
import { storyUploadRoutes } from "./routes/story-upload.ts";
import { type SystemDependencies, systemRoutes } from "./routes/system.ts";
import { trackRoutes } from "./routes/track.ts";
import { trackDownloadRoutes } from "./routes/track-download.ts";
import { uploadRoutes } from "./routes/upload.ts";
import { usageRoutes } from "./routes/usage.ts";
import { userRoutes } from "./routes/user.ts";
import { userPostsRoutes } from "./routes/user-posts.ts";
import { videoUploadRoutes } from "./routes/video-upload.ts";
import type { ExportDependencies } from "./sessions/export.ts";
import type { LiveSessions } from "./sessions/live-sessions.ts";
import type { LoginDependencies } from "./sessions/verbs/dependencies.ts";
import type { ApiKeyStore } from "./tenants/api-keys.ts";
import type { TenantStore } from "./tenants/tenants.ts";
import type { Usage } from "./usage/usage.ts";
import type { UsageReport } from "./usage/usage-report.ts";

/** What the gateway, the handlers and the routes use together; compose.ts makes it. */
export type Dependencies = GatewayDependencies &
  HandlerDependencies &
  SystemDependencies & {
    tenants: TenantStore;
    apiKeys: ApiKeyStore;
    sessions: LiveSessions;
    logins: LoginDependencies;
    management: ManagementDependencies;
    upstream: UpstreamDependencies;
    machines: MachinesDependencies;
    proxyManagement: ProxyDependencies;
    audit: AuditLog;
    imports: ImportDependencies["imports"];
    exports: ExportDependencies;
    usageReport: UsageReport;
    usage: Usage;
    proxyChecks: ProxyCheckDependencies;
    uploads: UploadDependencies;
    downloads: Downloads;
    /** A picture or video of the sandbox, by the path of its URL. */
    sandboxFile: SandboxFile;
  };

/** The composed service, without a listener. */
export interface App {
  handle: Gateway;
  /** The operations in the OpenAPI document. */
  operations: readonly Operation[];
}

/**
 * Composes the service. It does no I/O: all of that is in `deps`. `further` are routes beside the
 * service's own.
 */
export function createApp(deps: Dependencies, further: readonly Route[] = []): App {
  const { version } = deps.build;
  // Loaded when they are first requested: the modules are large, and many services never need them.
  const documentation: Documentation = {
    openApi: async () =>
      JSON.stringify(
        (await import("./http/openapi.ts")).openApiDocument(table.operations, version),
      ),
    page: async () => (await import("./http/docs-page.ts")).docsPage(version),
  };
  const routes: Route[] = [
    ...authRoutes(deps.logins, deps.audit),
    ...sessionRoutes(deps.management),
    ...proxyRoutes(deps.proxyManagement),
    ...sessionImportRoutes(deps),
    ...sessionExportRoutes(deps.exports, deps.audit),
    ...proxyCheckRoutes(deps.proxyChecks),
    ...accountRoutes(deps.uploads),
    ...collectionRoutes,
    ...reelsRoutes,
    ...exploreRoutes,
    ...userRoutes,
    ...friendshipRoutes,
    ...friendshipActionRoutes,
    ...userPostsRoutes,
    ...noteRoutes,
    ...notificationsRoutes,
    ...insightsRoutes,
    ...mediaRoutes(deps.sessions),
    ...mediaActionRoutes,
    ...storyRoutes,
    ...storyUploadRoutes(deps.uploads),
    ...highlightRoutes,
    ...commentRoutes,
    ...commentActionRoutes,
    ...directRoutes,
    ...directMessageRoutes,
    ...directSendRoutes,
    ...directActionRoutes,
    ...directThreadRoutes,
    ...directUploadRoutes(deps.uploads),
    ...searchRoutes,
    ...trackRoutes,
    ...mediaDownloadRoutes(deps.downloads),
    ...albumDownloadRoutes(deps.downloads),
    ...storyDownloadRoutes(deps.downloads),
    ...trackDownloadRoutes(deps.downloads),
    ...hashtagRoutes,
    ...locationRoutes,
    ...uploadRoutes(deps.uploadRecords),
    ...auditRoutes(deps.audit),
    ...usageRoutes(deps),
    ...systemRoutes(deps),
    ...tenantRoutes(deps.tenants),
    ...upstreamRoutes(deps.upstream),
    ...machineRoutes(deps.machines),
    ...sessionSwitchRoutes(deps.tenants, deps.management),
    ...apiKeyRoutes(deps.tenants, deps.apiKeys),
    ...adminProxyRoutes(deps.tenants, deps.proxyManagement),
    ...adminAuditRoutes(deps.audit),
    ...adminUsageRoutes(deps),
    ...photoUploadRoutes(deps.uploads),
    ...videoUploadRoutes(deps.uploads),
    ...clipUploadRoutes(deps.uploads),
    ...igtvUploadRoutes(deps.uploads),
    ...albumUploadRoutes(deps.uploads),
    ...further,
    ...sandboxRoutes(deps.sandboxFile),
    ...docsRoutes(documentation, deps.dependencyVersions["swagger-ui-dist"] ?? ""),
  ];
  const table = new RouteTable(routes);
  const router = createRouter(
    routes,
    (route) => createHandler(deps, route),
    (request) => unmatched(request, table, deps),
  );
  return { handle: createGateway(router, table, deps), operations: table.operations };
}
