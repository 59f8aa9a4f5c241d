import { Type } from "@sinclair/typebox";
import { requireToken } from "../http/access/bearer-token.ts";
import type { GuessingDependencies } from "../http/access/guessing.ts";
import type { Shutdown } from "../http/gateway.ts";
import type { BuildInfo, Metrics } from "../http/metrics.ts";
import type { Check } from "../http/readiness.ts";
import { type Operation, operations, withoutKey } from "../http/route.ts";
import { compressed } from "../http/static-content.ts";

const { get } = operations("System");

const OptionalText = Type.Union([Type.String(), Type.Null()], { nullable: true });

const CheckSchema = Type.Object({
  status: Type.Union([Type.Literal("ok"), Type.Literal("error")]),
  detail: Type.Optional(Type.String()),
});

const EXAMPLE_OF_METRICS = `# TYPE gramway_sessions gauge
gramway_sessions{state="active"} 12
`;

/** In seconds: soon, since what fails may be back at once. */
const RETRY_SECONDS = "5";

/** The only check of a service that is shutting down. */
const SHUTTING_DOWN: Record<string, Check> = {
  process: { status: "error", detail: "shutting down" },
};

export interface SystemDependencies extends GuessingDependencies {
  build: BuildInfo;
  /** Package name → version of what runs. */
  dependencyVersions: Record<string, string>;
  metrics: Pick<Metrics, "contentType" | "text">;
  /** Token for the metrics; null when anyone may read them. */
  metricsToken: string | null;
  shutdown: Shutdown;
  /** Checks what the service cannot work without. */
  checkReadiness: () => Promise<Record<string, Check>>;
}

/** For operators: liveness, readiness, metrics and versions. They need no API key. */
export const systemRoutes = (deps: SystemDependencies): Operation[] => [
  get(
    "/health",
    {
      operationId: "getHealth",
      summary: "Check liveness",
      access: withoutKey,
      returns: Type.Object({ status: Type.Literal("ok") }),
    },
    () => ({ status: "ok" }),
  ),
  get(
    "/ready",
    {
      operationId: "getReady",
      summary: "Check readiness",
      description: "503 when a check fails; the body has the same form then.",
      access: withoutKey,
      returns: Type.Object({
        status: Type.Union([Type.Literal("ok"), Type.Literal("error")]),
        checks: Type.Record(Type.String(), CheckSchema),
      }),
      sameBodyFor: { 503: "Not ready" },
    },
    async () => {
      const checks = deps.shutdown.draining ? SHUTTING_DOWN : await deps.checkReadiness();
      const ready = Object.values(checks).every((check) => check.status === "ok");
      return Response.json(
        { status: ready ? "ok" : "error", checks },
        ready ? { status: 200 } : { status: 503, headers: { "Retry-After": RETRY_SECONDS } },
      );
    },
  ),
  get(
    "/metrics",
    {
      operationId: "getMetrics",
      summary: "Get Prometheus metrics",
      description: "Where the operator has set METRICS_TOKEN, it must come as a bearer token.",
      access: withoutKey,
      returns: Type.String(),
      errors: ["MetricsTokenRequired", "TooManyFailures"],
      text: { contentType: "text/plain", example: EXAMPLE_OF_METRICS },
    },
    async ({ request, context }) => {
      if (deps.metricsToken !== null)
        requireToken(deps, request, context, deps.metricsToken, "MetricsTokenRequired");
      const headers = { "Content-Type": deps.metrics.contentType };
      return compressed(request, await deps.metrics.text(), headers);
    },
  ),
  get(
    "/build",
    {
      operationId: "getBuild",
      summary: "Get build metadata",
      access: withoutKey,
      returns: Type.Object({
        name: Type.String(),
        version: Type.String(),
        runtime: Type.String(),
        git_sha: OptionalText,
        build_time: OptionalText,
        started_at: Type.String({ format: "date-time" }),
        region: OptionalText,
      }),
    },
    () => deps.build,
  ),
  get(
    "/deps",
    {
      operationId: "getDeps",
      summary: "Get dependency versions",
      access: withoutKey,
      returns: Type.Record(Type.String(), Type.String()),
      aliases: ["/version"],
    },
    () => deps.dependencyVersions,
  ),
];
