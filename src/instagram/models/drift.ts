/**
 * Told whenever the upstream's answer is not what a model expects: a value that is present has
 * another type, or a field that the model requires is missing. `model` and `field` are names of
 * the contract (or the upstream's name where the contract has none), never values: both are safe
 * as labels of a metric.
 */
export type DriftReporter = (model: string, field: string) => void;
