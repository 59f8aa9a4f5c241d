import { createRequire } from "node:module";
import type * as Prometheus from "prom-client";

/*
 * The parts of prom-client that are used. Its entry also loads a push gateway, a tracing interface and
 * the workers of a cluster, which take longer than all else at the start. The version is pinned.
 */
const load = createRequire(import.meta.url);

export const Counter = load("prom-client/lib/counter.js") as typeof Prometheus.Counter;
export const Gauge = load("prom-client/lib/gauge.js") as typeof Prometheus.Gauge;
export const Registry = load("prom-client/lib/registry.js") as typeof Prometheus.Registry;
