/** The tags of the API, in the order in which the documentation shows them. */
export const tags: ReadonlyArray<{ name: string; description: string }> = [
  { name: "Auth", description: "Log accounts in, import and renew sessions." },
  { name: "Account", description: "The account that the session is logged in with." },
  { name: "User", description: "Profiles, relationships, and what users post." },
  { name: "Media (Post)", description: "Posts, and the ways to name one." },
  { name: "System", description: "Liveness, readiness, metrics, and what runs." },
  { name: "Admin", description: "Tenants and their API keys, for the operator." },
];
