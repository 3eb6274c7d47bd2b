import { checkSettings } from "../answers/misconfigured.ts";
import { type EdgeBindings, type EdgeSettings, parseEdge } from "../assembly/edge-settings.ts";
import { type LostBlobBindings, type LostBlobSettings, lostBlobSettings } from "../lost-blobs/ask-for-blob.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { type OriginBindings, parseOriginSettings, type WithOrigins } from "../origins/settings.ts";
import { type DebugBindings, type DebugSettings, parseDebug } from "../requests/debug-log.ts";
import { type ImageBindings, type ImageSettings, parseImageSettings } from "../requests/image-settings.ts";
import { parseStoreSettings, type StoreBindings, type StoreSettings } from "../stores/store-settings.ts";
import { type BuildTimeBindings, type BuildTimes, parseBuildTimes } from "./build-times.ts";

/** The bindings of a build's object. */
export interface CoordinatorBindings
  extends
    OriginBindings,
    ImageBindings,
    BuildTimeBindings,
    StoreBindings,
    LostBlobBindings,
    EdgeBindings,
    DebugBindings {}

/** The settings of a build's object. */
interface CoordinatorSettings
  extends WithOrigins, ImageSettings, BuildTimes, StoreSettings, LostBlobSettings, EdgeSettings, DebugSettings {}

/** Parses the settings of a build's object once for each isolate. Throws `UNAVAILABLE`. */
export const coordinatorSettings = perIsolate((env: CoordinatorBindings): CoordinatorSettings =>
  checkSettings((problems) => ({
    origin: parseOriginSettings(env, problems),
    ...parseImageSettings(env, problems),
    ...parseBuildTimes(env, problems),
    ...parseStoreSettings(env, problems),
    ...lostBlobSettings(env),
    ...parseEdge(env, problems),
    ...parseDebug(env, problems),
  })),
);
