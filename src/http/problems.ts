import { callerGone, refusalKinds, unreachableKinds } from "../instagram/error-kinds.ts";
import { gatewayKinds } from "../problems/gateway.ts";
import type { KindDescription } from "../problems/problem.ts";

/** Every kind of error that an answer can name in `exc_type`. The OpenAPI document lists them. */
const kinds = { ...gatewayKinds, ...refusalKinds, ...unreachableKinds, CallerGone: callerGone };

export type ProblemType = keyof typeof kinds;

export const problemKinds: Readonly<Record<ProblemType, KindDescription>> = kinds;
