import type { TSchema } from "@sinclair/typebox";
import { About } from "./about.ts";
import { Account } from "./account.ts";
import { ClipsMetadataSchema } from "./clips.ts";
import { ClipsIgArtistSchema } from "./clips-artist.ts";
import {
  AudioReattributionInfoSchema,
  ClipsAchievementsInfoSchema,
  ClipsAdditionalAudioInfoSchema,
  ClipsAudioRankingInfoSchema,
  ClipsBrandedContentTagInfoSchema,
  ClipsContentAppreciationInfoSchema,
  ClipsMashupInfoSchema,
} from "./clips-parts.ts";
import {
  ClipsConsumptionInfoSchema,
  ClipsFbDownstreamUseXpostMetadataSchema,
  ClipsOriginalSoundInfoSchema,
} from "./clips-sound.ts";
import { ClipsReusableTextColorSchema, ClipsReusableTextInfoSchema } from "./clips-text.ts";
import { Collection } from "./collection.ts";
import { Comment, CommentPage, CommentStreamPage } from "./comment.ts";
import { DirectMedia, MediaXma } from "./direct-media.ts";
import { DirectMessage, DirectMessageSearchResult, ReplyMessage } from "./direct-message.ts";
import {
  DisappearingMessagesSeenState,
  LastSeenInfo,
  LinkContext,
  MessageLink,
  MessageReaction,
  MessageReactions,
} from "./direct-parts.ts";
import { DirectShortThread } from "./direct-short-thread.ts";
import { DirectThread, DirectThreadPage } from "./direct-thread.ts";
import {
  DirectMessageImageCandidate,
  DirectMessageImageVersions,
  ExpiringMediaActionSummary,
  FallbackUrl,
  FriendshipStatus,
  VideoVersion,
  VisualMedia,
  VisualMediaContent,
  VisualMediaUser,
} from "./direct-visual.ts";
import { Guide } from "./guide.ts";
import { Hashtag } from "./hashtag.ts";
import { Highlight } from "./highlight.ts";
import {
  AdditionalCandidates,
  ScrubberSpritesheetInfo,
  ScrubberSpritesheetInfoCandidates,
  SharedMediaImageCandidate,
  SharedMediaImageVersions,
} from "./image-versions.ts";
import { Location } from "./location.ts";
import { Media, MediaPage } from "./media.ts";
import { MediaOembed } from "./media-oembed.ts";
import { Resource, Usertag } from "./media-parts.ts";
import { Note } from "./note.ts";
import { BioLink, Broadcast } from "./profile-parts.ts";
import { RecentSearchItem } from "./recent-search-item.ts";
import { Relationship } from "./relationship.ts";
import { StorySchema } from "./story.ts";
import { StoryArchiveDay, StoryArchiveDayPage } from "./story-archive.ts";
import {
  StoryHashtagSchema,
  StoryLinkSchema,
  StoryLocationSchema,
  StoryMediaSchema,
  StoryMentionSchema,
  StoryPollSchema,
  StoryStickerLinkSchema,
  StoryStickerSchema,
} from "./story-stickers.ts";
import { TrackSchema } from "./track.ts";
import { User } from "./user.ts";
import { UserShort, UserShortPage } from "./user-short.ts";
import { Viewer, ViewerPage } from "./viewer.ts";

/**
 * The schema of every response model by its name in the contract, which is also its `title`:
 * what OpenAPI registers as components. `schema.ts` tells how they print.
 */
export const modelSchemas: Record<string, TSchema> = {
  About: About.schema,
  Account: Account.schema,
  AdditionalCandidates: AdditionalCandidates.schema,
  AudioReattributionInfo: AudioReattributionInfoSchema,
  BioLink: BioLink.schema,
  Broadcast: Broadcast.schema,
  ClipsAchievementsInfo: ClipsAchievementsInfoSchema,
  ClipsAdditionalAudioInfo: ClipsAdditionalAudioInfoSchema,
  ClipsAudioRankingInfo: ClipsAudioRankingInfoSchema,
  ClipsBrandedContentTagInfo: ClipsBrandedContentTagInfoSchema,
  ClipsConsumptionInfo: ClipsConsumptionInfoSchema,
  ClipsContentAppreciationInfo: ClipsContentAppreciationInfoSchema,
  ClipsFbDownstreamUseXpostMetadata: ClipsFbDownstreamUseXpostMetadataSchema,
  ClipsIgArtist: ClipsIgArtistSchema,
  ClipsMashupInfo: ClipsMashupInfoSchema,
  ClipsMetadata: ClipsMetadataSchema,
  ClipsOriginalSoundInfo: ClipsOriginalSoundInfoSchema,
  ClipsReusableTextColor: ClipsReusableTextColorSchema,
  ClipsReusableTextInfo: ClipsReusableTextInfoSchema,
  Collection: Collection.schema,
  Comment: Comment.schema,
  CommentPage: CommentPage.schema,
  CommentStreamPage: CommentStreamPage.schema,
  DirectMedia: DirectMedia.schema,
  DirectMessage: DirectMessage.schema,
  DirectMessageImageCandidate: DirectMessageImageCandidate.schema,
  DirectMessageImageVersions: DirectMessageImageVersions.schema,
  DirectMessageSearchResult: DirectMessageSearchResult.schema,
  DirectShortThread: DirectShortThread.schema,
  DirectThread: DirectThread.schema,
  DirectThreadPage: DirectThreadPage.schema,
  DisappearingMessagesSeenState: DisappearingMessagesSeenState.schema,
  ExpiringMediaActionSummary: ExpiringMediaActionSummary.schema,
  FallbackUrl: FallbackUrl.schema,
  FriendshipStatus: FriendshipStatus.schema,
  Guide: Guide.schema,
  Hashtag: Hashtag.schema,
  Highlight: Highlight.schema,
  LastSeenInfo: LastSeenInfo.schema,
  LinkContext: LinkContext.schema,
  Location: Location.schema,
  Media: Media.schema,
  MediaOembed: MediaOembed.schema,
  MediaPage: MediaPage.schema,
  MediaXma: MediaXma.schema,
  MessageLink: MessageLink.schema,
  MessageReaction: MessageReaction.schema,
  MessageReactions: MessageReactions.schema,
  Note: Note.schema,
  RecentSearchItem: RecentSearchItem.schema,
  Relationship: Relationship.schema,
  ReplyMessage: ReplyMessage.schema,
  Resource: Resource.schema,
  ScrubberSpritesheetInfo: ScrubberSpritesheetInfo.schema,
  ScrubberSpritesheetInfoCandidates: ScrubberSpritesheetInfoCandidates.schema,
  SharedMediaImageCandidate: SharedMediaImageCandidate.schema,
  SharedMediaImageVersions: SharedMediaImageVersions.schema,
  Story: StorySchema,
  StoryArchiveDay: StoryArchiveDay.schema,
  StoryArchiveDayPage: StoryArchiveDayPage.schema,
  StoryHashtag: StoryHashtagSchema,
  StoryLink: StoryLinkSchema,
  StoryLocation: StoryLocationSchema,
  StoryMedia: StoryMediaSchema,
  StoryMention: StoryMentionSchema,
  StoryPoll: StoryPollSchema,
  StorySticker: StoryStickerSchema,
  StoryStickerLink: StoryStickerLinkSchema,
  Track: TrackSchema,
  User: User.schema,
  UserShort: UserShort.schema,
  UserShortPage: UserShortPage.schema,
  Usertag: Usertag.schema,
  VideoVersion: VideoVersion.schema,
  Viewer: Viewer.schema,
  ViewerPage: ViewerPage.schema,
  VisualMedia: VisualMedia.schema,
  VisualMediaContent: VisualMediaContent.schema,
  VisualMediaUser: VisualMediaUser.schema,
};
