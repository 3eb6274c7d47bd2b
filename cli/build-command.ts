import type { Environment } from "../origin/system/settings.ts";
import type { BuildCall } from "./arguments.ts";
import { type BuiltImage, type InspectedImage } from "./built-image.ts";
import { withCache } from "./cache.ts";
import { buildLocally } from "./local-build.ts";
import { checkOutput, writeOutput } from "./output.ts";
import type { Progress } from "./progress.ts";

/** What the process gives each command. */
export interface CommandContext {
  readonly env: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** `cornice build`: builds an image, and writes it to the output of the call. */
export async function runBuild(call: BuildCall, context: CommandContext): Promise<InspectedImage> {
  const { name, tag, output, cache } = call;
  await checkOutput(output);
  return withCache(context.env, cache, async (directory) => {
    const image = await buildLocally({ ...context, name, tag, directory });
    await write(image, call, context);
    return image;
  });
}

async function write(image: BuiltImage, { output }: BuildCall, { progress, signal }: CommandContext): Promise<void> {
  const total = [image.config, ...image.layers].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  progress.phase("write");
  await writeOutput(output, {
    image,
    store: image.store,
    onBytes(count) {
      done += count;
      progress.step({ done, total, unit: "bytes" });
    },
    signal,
  });
}
