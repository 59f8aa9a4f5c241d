/** A machine as Fly's proxy knows it. */
export interface FlyMachine {
  readonly id: string;
  readonly region: string;
  /** Where it listens on 127.0.0.1. */
  port: number;
  /** Whether its last health check was good. */
  isHealthy: boolean;
}

export interface HealthChecks {
  /** Asked with GET; 2xx is good. */
  path: string;
  everyMs: number;
  timeoutMs: number;
}

/** The machines of an app, and the health checks of them. */
export class FlyMachines {
  readonly #machines = new Map<string, FlyMachine>();
  readonly #timer: Timer;

  constructor(private readonly checks: HealthChecks) {
    this.#timer = setInterval(() => void this.check(), checks.everyMs);
  }

  get all(): FlyMachine[] {
    return [...this.#machines.values()];
  }

  /** "If a Machine fails its service check […] it won't be routed to until its checks start passing." */
  get healthy(): FlyMachine[] {
    return this.all.filter(({ isHealthy }) => isHealthy);
  }

  /** Adds a machine, or gives one its new port. It gets no requests before its first good check. */
  set(id: string, region: string, port: number): void {
    this.#machines.set(id, { id, region, port, isHealthy: false });
  }

  /** Fly knows that the machine is gone. */
  delete(id: string): void {
    this.#machines.delete(id);
  }

  /** Checks all machines now, each for itself. */
  async check(): Promise<void> {
    await Promise.all(
      this.all.map(async (machine) => {
        const isGood = await this.#isGood(machine.port);
        if (this.#machines.get(machine.id) === machine) machine.isHealthy = isGood;
      }),
    );
  }

  /** Resolves when every machine is healthy. */
  async allHealthy(): Promise<void> {
    while (this.healthy.length < this.#machines.size) {
      await this.check();
      await Bun.sleep(50);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #isGood(port: number): Promise<boolean> {
    const { path, timeoutMs } = this.checks;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        keepalive: false,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}
