import { act } from "../actions.ts";
import type { Client } from "../client.ts";
import { path, signed } from "../signing.ts";

/**
 * Ends the login at Instagram: `accounts/logout/`. Resolves with whether Instagram says that it is
 * done. The request says, as the app's does, that the device may offer this account again.
 */
export const logOut = (client: Client): Promise<boolean> =>
  act(client, { path: path`accounts/logout/`, body: signed({ one_tap_app_login: true }) });
