import { type Static, type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import type { Action } from "../instagram/action-kinds.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";
import type { ProblemType } from "./problems.ts";
import { type Operation, operations, withSession } from "./route.ts";

/** Fields of both requests of a pair. */
type Given<Fields extends TProperties> = Static<TObject<Fields>>;

interface PairDeclaration<Fields extends TProperties> {
  /** Operation ids of the POST and of the DELETE. */
  operationIds: readonly [act: string, undo: string];
  summaries: readonly [act: string, undo: string];
  description?: string;
  /** The fields of both: in the form of the POST, in the query of the DELETE. */
  fields: Fields;
  /** The POST's field that makes it undo, where the contract has one. */
  undoField?: "revert" | "unfollow";
  /** Schema of the answer; a boolean when left out. */
  returns?: TSchema;
  errors?: readonly ProblemType[];
  aliases?: readonly string[];
  /** As in a route, for both. */
  guarded?: boolean;
  /** What the two do at Instagram, as in a route; nothing that has a kind when left out. */
  actions?: readonly [act: Action, undo: Action];
}

/**
 * Functions that declare an action and its reversal: POST and DELETE of one path. `run` gets whether
 * to undo the action.
 */
export function actionPairs(tag: string) {
  const { post, remove } = operations(tag);
  return <Path extends string, Fields extends TProperties>(
    path: Path,
    declaration: PairDeclaration<Fields>,
    run: (session: SessionInUse, fields: Given<Fields>, undo: boolean) => unknown,
  ): [Operation, Operation] => {
    const { operationIds, summaries, fields, undoField, returns, actions, ...rest } = declaration;
    const [act, undoing] = actions ?? ["other", "other"];
    const both = { ...rest, access: withSession("write"), returns: returns ?? Type.Boolean() };
    const undo = Type.Optional(
      Type.Boolean({ default: false, description: "True does the same as DELETE." }),
    );
    const body: TProperties = { ...fields, ...(undoField ? { [undoField]: undo } : {}) };
    return [
      post(
        path as string,
        { ...both, operationId: operationIds[0], summary: summaries[0], body, action: act },
        ({ body, session, context }) => {
          const undoes = undoField !== undefined && body[undoField] === true;
          if (undoes) context.action = undoing;
          return run(session, body as Given<Fields>, undoes);
        },
      ),
      remove(
        path as string,
        {
          ...both,
          operationId: operationIds[1],
          summary: summaries[1],
          action: undoing,
          query: fields as TProperties,
        },
        ({ query, session }) => run(session, query as Given<Fields>, true),
      ),
    ];
  };
}
