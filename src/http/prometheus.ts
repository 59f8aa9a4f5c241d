import { createRequire } from "node:module";
import type * as Prometheus from "prom-client";

/*
 * The parts of prom-client that are used, imported by file. Its main module also loads a push
 * gateway, tracing and cluster support, which would take the longest part of our start. This relies
 * on its internal files, so its version is pinned.
 */
const load = createRequire(import.meta.url);

export const Counter = load("prom-client/lib/counter.js") as typeof Prometheus.Counter;
export const Gauge = load("prom-client/lib/gauge.js") as typeof Prometheus.Gauge;
export const Registry = load("prom-client/lib/registry.js") as typeof Prometheus.Registry;
