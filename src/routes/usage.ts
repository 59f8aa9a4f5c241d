import { type Operation, operations, withKey } from "../http/route.ts";
import {
  answerUsage,
  type UsageDependencies,
  UsagePageSchema,
  usageDescription,
  usageFields,
} from "./usage-fields.ts";

const { get } = operations("Admin");

/** What a tenant's API keys use. */
export const usageRoutes = (deps: UsageDependencies): Operation[] => [
  get(
    "/usage",
    {
      operationId: "getUsage",
      summary: "Get what API keys use",
      description: `Of the tenant's keys in the mode of the caller's key. ${usageDescription}`,
      access: withKey("read"),
      query: usageFields,
      returns: UsagePageSchema,
    },
    ({ key: { tenantId, mode }, query }) =>
      answerUsage(deps, { tenantId, mode }, ["day", "key", "operation"], query),
  ),
];
