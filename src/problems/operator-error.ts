import { GatewayProblem } from "./gateway.ts";

/** What only an operator meets and mends. The message is one line that says what is wrong. */
export class OperatorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Whether the message of an error explains it to an operator; its stack would only hide that. */
export const isExplained = (error: unknown): error is Error =>
  error instanceof OperatorError || error instanceof GatewayProblem;
