import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathExists } from "../origin/system/path-exists.ts";
import { type InspectCall, parseName } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import type { InspectedImage } from "./built-image.ts";
import { withCache } from "./cache.ts";
import { readImageFile } from "./image-file.ts";
import { buildLocally } from "./local-build.ts";
import { INDEX_FILE } from "./oci-layout.ts";

/** What no image's name looks like, or nobody means by one. */
const PATH = /^[./]|\/$|\.tar$/;

/** `cornice inspect`: reads an image's file, or builds the image where it is not known. */
export async function runInspect(call: InspectCall, context: CommandContext): Promise<InspectedImage> {
  const { subject, tag, cache } = call;
  if (await isImageFile(subject)) return readImageFile(subject);
  const name = parseName(subject);
  return withCache(context.env, cache, (directory) => buildLocally({ ...context, name, tag, directory }));
}

/** A folder that happens to have a package's name is none. */
async function isImageFile(subject: string): Promise<boolean> {
  if (PATH.test(subject) || (await pathExists(join(subject, INDEX_FILE)))) return true;
  const status = await stat(subject).catch(() => undefined);
  return status?.isFile() === true;
}
