import type { Architecture } from "../../protocol/image-name.ts";
import { ARCHITECTURES, isArchitecture } from "../../protocol/image-request.ts";
import { parsePlatforms } from "../../protocol/platforms.ts";
import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import { integer } from "./integer-setting.ts";

/** The bindings that decide which images exist. */
export interface ImageBindings {
  readonly PACKAGE_SOURCE?: string;
  readonly DEFAULT_ARCHITECTURE?: string;
  readonly PLATFORMS?: string;
  readonly MAX_PACKAGES?: string;
}

/** The settings that decide which images exist. */
export interface ImageSettings {
  readonly packageSource: string;
  /** What a name without an architecture stands for if the client takes no list. One of `platforms`. */
  readonly defaultArchitecture: Architecture;
  /** What a name without an architecture stands for. With two, it stands for a list of images. */
  readonly platforms: readonly Architecture[];
  readonly maxPackages: number;
}

/** Adds each wrong setting to `problems`. */
export function parseImageSettings(env: ImageBindings, problems: string[]): ImageSettings {
  return {
    packageSource: packageSource(env.PACKAGE_SOURCE ?? "", problems),
    ...architectures(env, problems),
    maxPackages: integer(env, "MAX_PACKAGES", SHARED_SETTINGS.maxPackages, problems),
  };
}

/** Whether a name without an architecture stands for a list of images. */
export function hasLists({ platforms }: Pick<ImageSettings, "platforms">): boolean {
  return platforms.length > 1;
}

function packageSource(text: string, problems: string[]): string {
  if (text === "") problems.push("PACKAGE_SOURCE is not set; the origin's first log line names it");
  return text;
}

function architectures(
  { DEFAULT_ARCHITECTURE = "amd64", PLATFORMS = ARCHITECTURES.join(" ") }: ImageBindings,
  problems: string[],
): Pick<ImageSettings, "defaultArchitecture" | "platforms"> {
  const found: string[] = [];
  const defaultArchitecture = parseDefault(DEFAULT_ARCHITECTURE, found);
  const platforms = parsePlatforms("PLATFORMS", PLATFORMS, found);
  if (found.length === 0 && !platforms.includes(defaultArchitecture))
    found.push(`PLATFORMS is ${JSON.stringify(PLATFORMS)}; it must have DEFAULT_ARCHITECTURE, ${defaultArchitecture}`);
  problems.push(...found);
  return { defaultArchitecture, platforms };
}

function parseDefault(text: string, problems: string[]): Architecture {
  if (isArchitecture(text)) return text;
  problems.push(`DEFAULT_ARCHITECTURE is ${JSON.stringify(text)}; it must be amd64 or arm64`);
  return "amd64";
}
