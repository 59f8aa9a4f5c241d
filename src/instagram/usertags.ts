import { pythonFloat } from "./python-json.ts";

/** A user who is tagged on a post. */
export interface Usertag {
  userPk: string;
  /** Where on the picture: 0 is its left or upper edge, 1 its right or lower one. */
  x: number;
  y: number;
}

/** Tags as bodies hold them, in their field `usertags`, as JSON text. */
export const tagsIn = (usertags: readonly Usertag[]) => ({
  in: usertags.map(({ userPk, x, y }) => ({
    user_id: userPk,
    position: [pythonFloat(x), pythonFloat(y)],
  })),
});
