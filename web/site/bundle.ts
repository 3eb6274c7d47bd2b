import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build, type Metafile } from "esbuild";

/** Files by their path in the site. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** Scripts and styles, under names that change with their content. */
export interface Assets {
  readonly files: Files;
  readonly style: string;
  readonly icon: string;
  /** The script of each entry, by the entry's folder. */
  readonly scripts: Readonly<Record<Entry, Script>>;
}

export interface Script {
  readonly address: string;
  /** Addresses of the scripts that this script imports at its start. */
  readonly imports: readonly string[];
}

const ENTRIES = ["compose", "live", "image"] as const;
export type Entry = (typeof ENTRIES)[number];

/** Bundles the scripts and styles of a folder such as `web/`. */
export async function bundle(folder: string): Promise<Assets> {
  const outdir = join(folder, "../dist/web");
  const { metafile, outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [...ENTRIES.map((name) => ({ in: `${name}/main.tsx`, out: name })), "style/site.css"],
    outdir,
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    target: ["es2023", "chrome120", "firefox120", "safari17"],
    legalComments: "none",
    metafile: true,
    write: false,
  });
  const bundled = outputFiles.map(({ path, contents }) => [relative(outdir, path), contents] as const);
  const icon = await readFile(join(folder, "style/icon.svg"));
  const iconPath = `assets/icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8)}.svg`;
  return {
    files: new Map([...bundled, [iconPath, icon]]),
    style: addressOf(metafile, "style/site.css").address,
    icon: `/${iconPath}`,
    scripts: {
      compose: addressOf(metafile, "compose/main.tsx"),
      live: addressOf(metafile, "live/main.tsx"),
      image: addressOf(metafile, "image/main.tsx"),
    },
  };
}

function addressOf({ outputs }: Metafile, entry: string): Script {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry);
  if (!found) throw new Error(`esbuild made no file of ${entry}`);
  const [path, { imports }] = found;
  const first = imports.filter(({ kind, external }) => kind === "import-statement" && external !== true);
  return { address: siteAddress(path), imports: first.map((imported) => siteAddress(imported.path)) };
}

/** esbuild's paths begin at the working folder, not at the site. */
function siteAddress(path: string): string {
  return path.slice(path.indexOf("/assets/"));
}
