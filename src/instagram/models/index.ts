import type { TSchema } from "@sinclair/typebox";
import { AccountSchema } from "./account.ts";
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
import {
  AdditionalCandidatesSchema,
  ScrubberSpritesheetInfoCandidatesSchema,
  ScrubberSpritesheetInfoSchema,
  SharedMediaImageCandidateSchema,
  SharedMediaImageVersionsSchema,
} from "./image-versions.ts";
import { LocationSchema } from "./location.ts";
import { MediaPageSchema, MediaSchema } from "./media.ts";
import { ResourceSchema, UsertagSchema } from "./media-parts.ts";
import { BioLinkSchema, BroadcastSchema } from "./profile-parts.ts";
import { RelationshipSchema } from "./relationship.ts";
import { UserSchema } from "./user.ts";
import { UserShortPageSchema, UserShortSchema } from "./user-short.ts";

/**
 * The schema of every response model by its name in the contract, which is also its `title`:
 * what OpenAPI registers as components. `schema.ts` tells how they print.
 */
export const modelSchemas: Record<string, TSchema> = {
  Account: AccountSchema,
  AdditionalCandidates: AdditionalCandidatesSchema,
  AudioReattributionInfo: AudioReattributionInfoSchema,
  BioLink: BioLinkSchema,
  Broadcast: BroadcastSchema,
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
  Location: LocationSchema,
  Media: MediaSchema,
  MediaPage: MediaPageSchema,
  Relationship: RelationshipSchema,
  Resource: ResourceSchema,
  ScrubberSpritesheetInfo: ScrubberSpritesheetInfoSchema,
  ScrubberSpritesheetInfoCandidates: ScrubberSpritesheetInfoCandidatesSchema,
  SharedMediaImageCandidate: SharedMediaImageCandidateSchema,
  SharedMediaImageVersions: SharedMediaImageVersionsSchema,
  User: UserSchema,
  UserShort: UserShortSchema,
  UserShortPage: UserShortPageSchema,
  Usertag: UsertagSchema,
};
