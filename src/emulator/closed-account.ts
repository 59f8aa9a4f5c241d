import { refuse } from "./answer.ts";
import { fixedOf } from "./seed/fixtures.ts";
import type { Person } from "./seed/people.ts";

/** Throws a Refusal for an account that Instagram has disabled or suspended. A suspension looks like a challenge. */
export function refuseClosed(account: Person): void {
  const { username } = fixedOf(account);
  if (username === "sandbox_disabled")
    throw refuse(
      400,
      "Your account has been disabled for violating our terms. Learn how you may be able to restore your account.",
      "inactive user",
    );
  if (username !== "sandbox_suspended") return;
  const path = "/accounts/suspended/";
  throw refuse(400, "challenge_required", "checkpoint_challenge_required", {
    challenge: {
      url: `https://i.instagram.com${path}?next=https%3A%2F%2Fi.instagram.com%2F`,
      api_path: path,
      hide_webview_header: true,
      lock: true,
      logout: false,
      native_flow: false,
    },
  });
}
