import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { normalizeUsername } from "../instagram/ids.ts";
import { Account } from "../instagram/models/account.ts";
import { Media } from "../instagram/models/media.ts";
import { UserShort } from "../instagram/models/user-short.ts";
import {
  changePicture,
  editAccount,
  getAccount,
  getLikedMedias,
  getTimelineFeed,
  PROFILE_FIELDS,
  type ProfileEdit,
  setPrivacy,
} from "../instagram/operations/account.ts";
import { photoLimits } from "../media/limits.ts";
import { amount, amountOf, LastMediaPk, untilOf } from "./parameters.ts";
import { photoFile, UPLOAD_ERRORS } from "./upload-fields.ts";

const { get, patch } = operations("Account");

const USUAL_LIKED = 21;

const field = (description: string, example: string) =>
  Type.Optional(Type.String({ description, examples: [example] }));

/** `/account`: the account that the session is logged in with. */
export const accountRoutes = ({ media }: UploadDependencies): readonly Operation[] => [
  get(
    "/account",
    {
      operationId: "getAccount",
      summary: "Get authenticated account info",
      access: withSession("read"),
      returns: Account.schema,
      aliases: ["/account/info"],
    },
    ({ session }) => session.read(getAccount),
  ),
  get(
    "/account/feed/timeline",
    {
      operationId: "getAccountFeedTimeline",
      summary: "Get the home timeline",
      description: "Its first page, as Instagram answers it.",
      access: withSession("read"),
      returns: PassedThrough,
      aliases: ["/auth/timeline/feed"],
    },
    ({ session }) => session.read(getTimelineFeed),
  ),
  get(
    "/account/liked/media",
    {
      operationId: "getAccountLikedMedia",
      summary: "List posts that the account liked",
      description: "Last liked first.",
      access: withSession("read"),
      query: { amount: amount(USUAL_LIKED), last_media_pk: LastMediaPk },
      returns: Type.Array(Media.schema),
      aliases: ["/media/liked"],
    },
    ({ query, session }) =>
      session.read(getLikedMedias, {
        amount: amountOf(query.amount, USUAL_LIKED),
        until: untilOf(query.last_media_pk),
      }),
  ),
  patch(
    "/account",
    {
      operationId: "patchAccount",
      summary: "Edit the account's profile",
      description:
        "What is left out or empty stays as it is. Instagram takes a profile as a whole: unless both email and phone_number are given, the rest is asked for first, which costs one more request.",
      access: withSession("write"),
      body: {
        external_url: field("Link of the profile.", "https://example.com/"),
        username: field("New username.", "sandbox"),
        full_name: field("Name.", "Sandbox Account"),
        biography: field("Biography, up to 150 characters.", "Made for trying things out."),
        phone_number: field("Phone number with its country code.", "+15555550100"),
        email: field("E-mail address.", "sandbox@example.com"),
      },
      returns: Account.schema,
      aliases: ["/account/profile"],
    },
    ({ body, session }) => session.write(editAccount, editOf(body)),
  ),
  patch(
    "/account/picture",
    {
      operationId: "patchAccountPicture",
      summary: "Change the account's picture",
      description:
        "It is turned upright and sent as a JPEG without metadata. Instagram cuts it to a square.",
      access: withSession("write"),
      body: { picture: photoFile("The picture") },
      returns: UserShort.schema,
      errors: [...UPLOAD_ERRORS, "PhotoNotUpload"],
    },
    async ({ body: { picture }, session, files }) => {
      const photo = await media.photo(files, picture, { ...photoLimits.picture, field: "picture" });
      return session.upload(changePicture, photo);
    },
  ),
  patch(
    "/account/privacy",
    {
      operationId: "patchAccountPrivacy",
      summary: "Make the account private or public",
      access: withSession("write"),
      body: {
        is_private: Type.Boolean({
          description: "Whether only followers see the account's posts and lists.",
          examples: [false],
        }),
      },
      returns: Type.Boolean(),
    },
    ({ body, session }) => session.write(setPrivacy, body.is_private),
  ),
];

/** The fields of the profile that are given; as in aiograpi-rest, empty ones are not. */
function editOf(given: ProfileEdit): ProfileEdit {
  const edit: ProfileEdit = {};
  for (const name of PROFILE_FIELDS) if (given[name]) edit[name] = given[name];
  if (edit.username !== undefined) edit.username = normalizeUsername(edit.username);
  return edit;
}
