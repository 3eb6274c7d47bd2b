import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathExists } from "../origin/system/path-exists.ts";
import type { InspectCall } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import type { InspectedImage } from "./built-image.ts";
import { withCache } from "./cache.ts";
import { readImageFile } from "./image-file.ts";
import { buildLocally } from "./local-build.ts";
import { INDEX_FILE } from "./oci-layout.ts";
import { parseName } from "./requested-name.ts";

/** Always a path. An image could have the name `a.tar`, but a user who types it means a file. */
const PATH = /^[./]|\/$|\.tar$/;

/** `cornice inspect`: reads the file of an image, or builds the image of that name. */
export async function runInspect(call: InspectCall, context: CommandContext): Promise<InspectedImage> {
  const { subject, tag, cache } = call;
  if (await isImageFile(subject)) return readImageFile(subject);
  const name = parseName(subject);
  return withCache(context.env, cache, (directory) => buildLocally({ ...context, name, tag, directory }));
}

/** A folder without `index.json` does not count. It may just have the name of a package. */
async function isImageFile(subject: string): Promise<boolean> {
  if (PATH.test(subject) || (await pathExists(join(subject, INDEX_FILE)))) return true;
  const status = await stat(subject).catch(() => undefined);
  return status?.isFile() === true;
}
