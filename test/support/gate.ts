/** Holds answers back until letGo() is called, and counts them. */
export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = false;
  /** How many have come, are under way, and were under way at most. */
  arrived = 0;
  running = 0;
  most = 0;

  /** Resolves with `result` once the gate is open. */
  readonly pass = async <T>(result: T): Promise<T> => {
    this.arrived++;
    this.most = Math.max(this.most, ++this.running);
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.running--;
    return result;
  };

  letGo(): void {
    this.#isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Resolves when `holds` is true. It has no time limit but the test's own. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(1);
}
