import { Type } from "@sinclair/typebox";
import type { PageInput } from "../instagram/operations/user.ts";

const DEFAULT_AMOUNT = 50;

/** The parameters of a paginated list, and what they come to. */
export const page = {
  parameters: {
    amount: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        default: DEFAULT_AMOUNT,
        description: "How many items the page should have.",
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        default: "",
        description: "next_cursor of the page before; empty for the first.",
      }),
    ),
  },
  of: (query: { amount?: number; cursor?: string }): PageInput => ({
    amount: query.amount ?? DEFAULT_AMOUNT,
    cursor: query.cursor ?? "",
  }),
};
