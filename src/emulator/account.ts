import { invalidParameter, ok, refuse } from "./answer.ts";
import type { Fields } from "./body.ts";
import { feedAnswer, mediaTexts, postsAt } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import type { Person } from "./seed/people.ts";
import { contactsOf, ownAccount } from "./seed/user-shape.ts";

const LIKED_PAGE = 12;

/** The viewer's own account. */
export const ACCOUNT: readonly Route[] = [
  { method: "GET", path: "/api/v1/accounts/current_user/", handle: currentUser },
  { method: "POST", path: "/api/v1/accounts/current_user/", body: "form", handle: currentUser },
  { method: "GET", path: "/api/v1/feed/liked/", handle: liked },
  {
    method: "POST",
    path: "/api/v1/accounts/edit_profile/",
    acts: "other",
    handle: (exchange) => changed(exchange, editOf(exchange)),
  },
  {
    method: "POST",
    path: "/api/v1/accounts/set_biography/",
    acts: "other",
    handle: (exchange) => {
      const biography = given(exchange.fields, "raw_text");
      if (biography === undefined) throw invalidParameter("raw_text");
      return changed(exchange, { biography: checkedBiography(biography) });
    },
  },
  { method: "POST", path: "/api/v1/accounts/set_private/", acts: "other", handle: privacy(true) },
  { method: "POST", path: "/api/v1/accounts/set_public/", acts: "other", handle: privacy(false) },
];

/** Shows the viewer's posts and lists to followers only, or to everybody. */
function privacy(isPrivate: boolean): Route["handle"] {
  // Who has asked to follow a private account keeps waiting when it becomes public.
  return (exchange) => changed(exchange, { isPrivate });
}

/** Changes the viewer's profile, and answers with it. */
export function changed({ world, viewer }: Exchange, edit: Partial<Person>): Response {
  world.people.change({ ...viewer, ...edit });
  return ok({ user: ownAccount(world.people.current(viewer)) });
}

/** A field of a profile; "" for null, undefined where it is left out and so stays as it is. */
function given(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (value === null) return "";
  if (typeof value !== "string") throw invalidParameter(name);
  return value;
}

/** What an edit changes about the viewer. Throws a Refusal (400) for what Instagram does not take. */
function editOf({ world, viewer, fields }: Exchange): Partial<Person> {
  const contacts = contactsOf(viewer);
  const edited = {
    website: checkedWebsite(given(fields, "external_url") ?? contacts.website),
    email: checkedEmail(given(fields, "email") ?? contacts.email),
    phoneNumber: checkedPhone(given(fields, "phone_number") ?? contacts.phoneNumber),
  };
  if (edited.email === "" && edited.phoneNumber === "")
    throw refuse(400, "You need an email or confirmed phone number.");
  const username = given(fields, "username")?.toLowerCase() ?? viewer.username;
  if (!USERNAME.test(username) || username.includes(".."))
    throw refuse(400, "Usernames can only use letters, numbers, underscores and periods.");
  const owner = world.people.byUsername(username);
  if (owner !== undefined && owner.pk !== viewer.pk)
    throw refuse(400, "This username isn't available. Please try another.", "username_is_taken");
  const fullName = given(fields, "first_name") ?? viewer.fullName;
  if (lengthOf(fullName) > LONGEST_NAME)
    throw refuse(400, `Enter a name under ${LONGEST_NAME} characters.`);
  const biography = checkedBiography(given(fields, "biography") ?? viewer.biography);
  return { username, fullName, biography, edited };
}

const USERNAME = /^[a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?$/;
/** In characters as people count them. */
const LONGEST_NAME = 64;
const LONGEST_BIOGRAPHY = 150;
const LONGEST_WEBSITE = 500;
const LONGEST_EMAIL = 254;

const lengthOf = (text: string): number => [...text].length;

function checkedBiography(text: string): string {
  if (lengthOf(text) > LONGEST_BIOGRAPHY)
    throw refuse(400, `Your bio needs to be ${LONGEST_BIOGRAPHY} characters or fewer.`);
  return text;
}

function checkedEmail(text: string): string {
  const isEmail =
    text.length <= LONGEST_EMAIL && /^[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text);
  if (text !== "" && !isEmail) throw refuse(400, "Enter a valid email address.");
  return text;
}

function checkedPhone(text: string): string {
  if (text !== "" && !/^\+?[\d\s().-]{5,25}$/.test(text))
    throw refuse(
      400,
      "Looks like your phone number may be incorrect. Please try entering your full number, including the country code.",
    );
  return text;
}

/** A website with its scheme, which people leave out. */
function checkedWebsite(text: string): string {
  if (text === "") return "";
  const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  const isUrl = text.length <= LONGEST_WEBSITE && URL.parse(url)?.hostname.includes(".");
  if (!isUrl) throw refuse(400, "The link that you entered isn't valid.");
  return url;
}

function currentUser({ viewer }: Exchange): Response {
  return ok({ user: ownAccount(viewer) });
}

/** The posts that the viewer likes, liked last first. */
function liked(exchange: Exchange): Response {
  const likes = exchange.world.posts.likes.of(exchange.viewer);
  const { posts, next } = postsAt(exchange, likes, "liked", LIKED_PAGE);
  return feedAnswer(mediaTexts(exchange, posts), next);
}
