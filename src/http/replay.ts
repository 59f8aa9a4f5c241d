import type { GatewayProblem } from "../problems/gateway.ts";
import { type Elsewhere, HeldElsewhere } from "../sessions/leases/held-elsewhere.ts";
import type { Machine } from "../sessions/leases/machine.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import { type Arrival, isLastTry, MAX_REPLAYED_BYTES } from "./arrival.ts";
import type { RequestContext } from "./context.ts";
import {
  ELSEWHERE,
  failedReplay,
  fieldsOf,
  isName,
  type ReplayTarget,
  replayHeader,
  targetOf,
  valuesOf,
} from "./fly-headers.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { MachineMetrics } from "./machine-metrics.ts";
import { openedState, type ReplayHashes, sealedState } from "./replay-state.ts";
import { SentReplays } from "./sent-replays.ts";

/*
 * Fly's proxy sends a request again to another machine when an answer has the header `fly-replay`:
 * https://fly.io/docs/networking/dynamic-request-routing/. Its own headers may be made up by clients:
 * at worst such a request is served here, and its own session is handed over.
 */

export interface ReplaysDependencies {
  machine: Pick<Machine, "name" | "isAlone" | "isDraining" | "noteOther">;
  /** Under the keys that all machines share. */
  replayHashes: ReplayHashes;
  metrics: Pick<MachineMetrics, "replayReceived" | "replayFailed">;
  monotonicNow: () => number;
}

/** Sends requests on to the machines that use their sessions, and takes those of others. */
export class Replays {
  readonly #sent: SentReplays;

  constructor(private readonly deps: ReplaysDependencies) {
    this.#sent = new SentReplays(deps.monotonicNow);
  }

  /** What the proxy says of a request; null for one that has come directly. */
  arrivalOf(headers: Headers): Arrival | null {
    const source = headers.get("fly-replay-src");
    const failed = headers.get("fly-replay-failed");
    if (source === null && failed === null) return null;
    const { machine, metrics } = this.deps;
    const arrival = {
      ...this.#sourceIn(source ?? ""),
      failed: failed === null ? null : failedReplay(failed),
    };
    if (arrival.failed !== null) metrics.replayFailed(arrival.failed.reason);
    else if (arrival.sender !== null) metrics.replayReceived();
    if (arrival.sender !== null && arrival.sender !== machine.name) machine.noteOther();
    return arrival;
  }

  /**
   * Whether a request of this key has come back that was counted when it came first. Its target is
   * avoided for a while.
   */
  hasComeBack(arrival: Arrival, { keyId, tenantId }: AuthenticatedKey): boolean {
    if (!isLastTry(arrival) || !this.#sent.takeBack(keyId)) return false;
    const { failed } = arrival;
    if (failed !== null && failed.target !== null) this.#sent.avoid(tenantId, failed.target);
    return true;
  }

  /** Whether requests of a tenant are not to be sent there: they would come back. */
  isOutOfReach(elsewhere: Elsewhere, tenantId: string): boolean {
    // Another process of this machine: the proxy would bring the request to either of them.
    if (elsewhere.machine === this.deps.machine.name) return true;
    const target = this.#targetOf(elsewhere);
    if (target === null) return elsewhere.machine !== null || elsewhere.region !== null;
    return this.#sent.isAvoided(tenantId, target);
  }

  /**
   * Has the proxy send a request on to where its session is used, or away from a machine that ends, by a
   * header of the answer; whoever comes without a proxy gets the answer itself. It does nothing for
   * other errors, and where something has happened for the request.
   */
  async sendOn(
    error: GatewayProblem,
    request: Request,
    context: RequestContext,
    { headers }: Response,
  ): Promise<void> {
    const elsewhere = this.#elsewhereBy(error);
    if (elsewhere === null || context.insists || hasBegun(context)) return;
    const target = this.#targetOf(elsewhere);
    if (target === null || context.isOutOfReach(elsewhere)) return;
    // The proxy sends again what it has passed on: the whole of it.
    context.leavesConnection ||= !(await skipBody(request));
    const { machine, replayHashes } = this.deps;
    const hops = (context.arrival?.hops ?? 0) + 1;
    const state = sealedState(replayHashes, machine.name, { hops, requestId: context.id });
    headers.set("fly-replay", replayHeader(target, state));
    context.replayedTo = target;
    // It is no failure: the other machine answers.
    context.cause = null;
    if (context.key !== null) this.#sent.sent(context.key.keyId);
  }

  /** Where a request can be answered that has failed here; null where that does not help. */
  #elsewhereBy(error: GatewayProblem): Elsewhere | null {
    if (error instanceof HeldElsewhere) return error.elsewhere;
    const { machine } = this.deps;
    const endsAmongOthers = error.kind === "ShuttingDown" && machine.isDraining && !machine.isAlone;
    return endsAmongOthers ? ANYWHERE : null;
  }

  #targetOf({ machine, region }: Elsewhere): ReplayTarget | null {
    // It takes no session any more, so another one is to.
    if (machine === null && this.deps.machine.isDraining) return ELSEWHERE;
    return targetOf(machine, region);
  }

  /** Of several states the one that has come farthest: a client may have sent one of its own. */
  #sourceIn(header: string): Omit<Arrival, "failed"> {
    const fields = fieldsOf(header);
    const named = valuesOf(fields, "instance").filter(isName);
    const texts = valuesOf(fields, "state");
    // Each look at a signature costs time, and anybody may send such a header.
    const senders = Math.max(named.length, texts.length) > MOST_SOURCES ? [] : named;
    const states = texts.flatMap((text) =>
      [...senders, null].flatMap((sender) => {
        const state = openedState(this.deps.replayHashes, sender, text);
        return state === null ? [] : { ...state, sender: state.isSigned ? sender : null };
      }),
    );
    const signed = states.find(({ isSigned }) => isSigned);
    return {
      sender: signed?.sender ?? null,
      hops: Math.max(0, ...states.map(({ hops }) => hops)),
      requestId: (signed ?? states[0])?.requestId ?? null,
    };
  }
}

/** The proxy's own, and one that a client may have sent. */
const MOST_SOURCES = 2;

/** As the machine that ends does not count. */
const ANYWHERE: Elsewhere = { machine: null, region: null };

/** Whether something has happened for a request that must not happen twice. */
const hasBegun = ({ upstreamCalls, outcome }: RequestContext): boolean =>
  upstreamCalls > 0 || outcome !== "not_sent";

/** Reads a body that nobody has read. Resolves with false when that takes too long. */
async function skipBody(request: Request): Promise<boolean> {
  if (request.bodyUsed || request.body === null) return true;
  return new IncomingBody(request, MAX_REPLAYED_BYTES).skipRest();
}
