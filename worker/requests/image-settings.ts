import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { integer } from "./integer-setting.ts";

/** The bindings that decide which images exist. */
export interface ImageBindings {
  readonly PACKAGE_SOURCE?: string;
  readonly DEFAULT_ARCHITECTURE?: string;
  readonly MAX_PACKAGES?: string;
}

/** The settings that decide which images exist. */
export interface ImageSettings {
  readonly packageSource: string;
  readonly defaultArchitecture: Architecture;
  readonly maxPackages: number;
}

/** Adds each wrong setting to `problems`. */
export function parseImageSettings(env: ImageBindings, problems: string[]): ImageSettings {
  return {
    packageSource: packageSource(env.PACKAGE_SOURCE ?? "", problems),
    defaultArchitecture: defaultArchitecture(env.DEFAULT_ARCHITECTURE ?? "amd64", problems),
    maxPackages: integer(env, "MAX_PACKAGES", SHARED_SETTINGS.maxPackages, problems),
  };
}

function packageSource(text: string, problems: string[]): string {
  if (text === "") problems.push("PACKAGE_SOURCE is not set; the origin's first log line names it");
  return text;
}

function defaultArchitecture(text: string, problems: string[]): Architecture {
  if (isArchitecture(text)) return text;
  problems.push(`DEFAULT_ARCHITECTURE is ${JSON.stringify(text)}; it must be amd64 or arm64`);
  return "amd64";
}
