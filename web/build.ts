import { join } from "node:path";
import { bundle } from "./site/bundle.ts";
import { buildDocs } from "./site/docs.ts";
import { HEADERS } from "./site/headers.ts";
import { buildPages } from "./site/pages.ts";
import { writeFolder } from "./site/write-folder.ts";

const REPOSITORY = join(import.meta.dirname, "..");

/** Makes all files that the Worker serves beside the registry: the page, its scripts, and the documentation. */
async function build(): Promise<void> {
  const assets = await bundle(join(REPOSITORY, "web"));
  const docs = await buildDocs(join(REPOSITORY, "docs"), assets);
  const files = new Map([...assets.files, ...buildPages(assets), ...docs, ["_headers", HEADERS]]);
  await writeFolder(join(REPOSITORY, "dist/web"), files);
}

await build();
