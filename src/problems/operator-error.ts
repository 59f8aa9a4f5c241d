import { GatewayProblem } from "./gateway.ts";

/**
 * An error that only an operator sees and can fix. The message is one line that says what is wrong.
 */
export class OperatorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Whether an error's message alone explains it to an operator, so that no stack is shown. */
export const isExplained = (error: unknown): error is Error =>
  error instanceof OperatorError || error instanceof GatewayProblem;
