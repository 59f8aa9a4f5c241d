/** The tags of the API, in the order in which the documentation shows them. */
export const tags: ReadonlyArray<{ name: string; description: string }> = [
  { name: "Auth", description: "Log accounts in, import and renew sessions." },
  { name: "Account", description: "The account that the session is logged in with." },
  { name: "User", description: "Profiles, relationships, and what users post." },
  {
    name: "Media (Post)",
    description: "Posts, their comments and likes, and the ways to name one.",
  },
  { name: "Reels", description: "Feeds of Reels." },
  { name: "Story", description: "Stories, their viewers and archive." },
  { name: "Highlight", description: "Stories that stay on a profile." },
  { name: "Direct", description: "Threads and messages." },
  { name: "Note", description: "Notes above the inbox." },
  { name: "Notifications", description: "The activity inbox and notification settings." },
  { name: "Search", description: "Search for accounts, hashtags, places, music and Reels." },
  { name: "Explore", description: "The explore grid." },
  { name: "Hashtag", description: "Hashtags and their posts." },
  { name: "Location", description: "Places and their posts." },
  { name: "Track (Music)", description: "Music and original sounds." },
  { name: "Insights", description: "Figures of professional accounts." },
  { name: "System", description: "Liveness, readiness, metrics, and what runs." },
  { name: "Admin", description: "Tenants and their API keys, for the operator." },
];
