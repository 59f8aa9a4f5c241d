import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import { admitScraper } from "../http/admission.ts";
import type { Check, Dependencies } from "../http/dependencies.ts";
import { operation } from "../http/operation.ts";
import { compressed } from "../http/static-content.ts";

const TAG = "System";

const OptionalText = Type.Union([Type.String(), Type.Null()], { nullable: true });

const CheckSchema = Type.Object({
  status: Type.Union([Type.Literal("ok"), Type.Literal("error")]),
  detail: Type.Optional(Type.String()),
});

/** Nothing else counts then. */
const ENDING: Record<string, Check> = {
  process: { status: "error", detail: "shutting down" },
};

/** What operators watch: liveness, readiness, metrics, what runs. No key needed. */
export const systemRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/health", () => ({ status: "ok" }), {
      open: true,
      detail: operation(TAG, "public", {
        operationId: "getHealth",
        summary: "Check liveness",
        returns: Type.Object({ status: Type.Literal("ok") }),
      }),
    })
    .get(
      "/ready",
      async () => {
        const checks = deps.life.ending ? ENDING : await deps.checkReadiness();
        const ready = Object.values(checks).every((check) => check.status === "ok");
        return Response.json(
          { status: ready ? "ok" : "error", checks },
          { status: ready ? 200 : 503 },
        );
      },
      {
        open: true,
        detail: operation(TAG, "public", {
          operationId: "getReady",
          summary: "Check readiness",
          description: "503 when a check fails; the body has the same form then.",
          returns: Type.Object({
            status: Type.Union([Type.Literal("ok"), Type.Literal("error")]),
            checks: Type.Record(Type.String(), CheckSchema),
          }),
          sameBodyFor: [503],
        }),
      },
    )
    .get(
      "/metrics",
      async ({ request }) => {
        admitScraper(deps, request);
        const headers = { "Content-Type": deps.metrics.contentType };
        return compressed(request, await deps.metrics.text(), headers);
      },
      {
        open: true,
        detail: operation(TAG, "public", {
          operationId: "getMetrics",
          summary: "Get Prometheus metrics",
          description: "Where the operator has set METRICS_TOKEN, it must come as a bearer token.",
          errors: ["MetricsTokenRequired", "TooManyFailures"],
          returns: Type.String(),
          contentType: "text/plain",
        }),
      },
    )
    .get("/build", () => deps.build, {
      open: true,
      detail: operation(TAG, "public", {
        operationId: "getBuild",
        summary: "Get build metadata",
        returns: Type.Object({
          name: Type.String(),
          version: Type.String(),
          runtime: Type.String(),
          git_sha: OptionalText,
          build_time: OptionalText,
          started_at: Type.String({ format: "date-time" }),
          region: OptionalText,
        }),
      }),
    })
    .get("/deps", () => deps.dependencyVersions, {
      open: true,
      detail: operation(TAG, "public", {
        operationId: "getDeps",
        summary: "Get dependency versions",
        returns: Type.Record(Type.String(), Type.String()),
        aliases: ["/version"],
      }),
    });
