import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import type { Switches, UpstreamSwitch } from "../sessions/switches.ts";
import type { BreakerStatus } from "../sessions/upstream-breaker.ts";
import { actorIn, Instant, operatorOnly } from "./administration.ts";

const { get, patch } = operations("Admin");

const OptionalInstant = () => Type.Union([Instant(), Type.Null()], { nullable: true });

const UpstreamSchema = Type.Object(
  {
    enabled: Type.Boolean(),
    since: OptionalInstant(),
    breaker: Type.Object(
      {
        state: Type.Union([
          Type.Literal("closed"),
          Type.Literal("open"),
          Type.Literal("half_open"),
        ]),
        since: OptionalInstant(),
        for_all: Type.Boolean(),
        tenants: Type.Integer(),
      },
      { title: "UpstreamBreaker" },
    ),
  },
  { title: "Upstream" },
);

export interface UpstreamDependencies {
  switches: Pick<Switches, "upstream" | "setUpstream">;
  breaker: { readonly status: BreakerStatus };
}

/** `/admin/upstream`: whether requests go to Instagram at all. For the operator. */
export const upstreamRoutes = ({ switches, breaker }: UpstreamDependencies): Operation[] => [
  get(
    "/admin/upstream",
    {
      operationId: "getAdminUpstream",
      summary: "See whether requests go to Instagram",
      description:
        "`enabled` is what the operator has chosen, for all processes. `breaker` is how this process sees Instagram: where nearly all requests fail it is open, and requests are answered with UpstreamUnavailable at once.",
      access: withAdministrator,
      returns: UpstreamSchema,
    },
    async ({ administrator }) => {
      operatorOnly(administrator);
      return upstreamJson(await switches.upstream(), breaker.status);
    },
  ),
  patch(
    "/admin/upstream",
    {
      operationId: "patchAdminUpstream",
      summary: "Stop all requests to Instagram, or let them go on",
      description:
        "When the answer comes, nothing leaves any process any more, the sandbox's requests included; what is under way ends at its next request, with UpstreamStopped. It stays so over restarts.",
      access: withAdministrator,
      body: { enabled: Type.Boolean({ examples: [true] }) },
      returns: UpstreamSchema,
    },
    async ({ body, administrator, context }) => {
      operatorOnly(administrator);
      const by = actorIn(administrator, context);
      return upstreamJson(await switches.setUpstream(body.enabled, by), breaker.status);
    },
  ),
];

function upstreamJson({ enabled, since }: UpstreamSwitch, breaker: BreakerStatus) {
  return {
    enabled,
    since: isoOrNull(since),
    breaker: {
      state: breaker.state,
      since: isoOrNull(breaker.since),
      for_all: breaker.isForAll,
      tenants: breaker.tenants,
    },
  };
}

const isoOrNull = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();
