import { once } from "node:events";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeTree } from "../origin/fixtures.ts";
import { createRepository, serveGit } from "../origin/sources/git-repository.ts";
import { output } from "./program.ts";
import { derivation, SYSTEM } from "./source-pull.ts";

/** The server of an archive. It records the requests. */
export interface ArchiveServer {
  /** The address of the archive. */
  readonly url: string;
  readonly calls: readonly string[];
}

/** The hash that a lock file has for a folder. */
export async function narHashOf(folder: string): Promise<string> {
  const args = ["--extra-experimental-features", "nix-command", "hash", "path", "--type", "sha256", folder];
  return (await output("nix", args)).trim();
}

/** Serves a folder as an archive, with a status that may say why there is none. */
export async function serveArchive(
  folder: string,
  onEnd: (close: () => void) => void,
  status = 200,
): Promise<ArchiveServer> {
  const archive = `${folder}.tar.gz`;
  await output("tar", ["--create", "--gzip", "--file", archive, "--directory", dirname(folder), basename(folder)]);
  const bytes = await readFile(archive);
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? "");
    response.writeHead(status).end(status === 200 ? bytes : "");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onEnd(() => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/archive.tar.gz`, calls };
}

/** How a version of Nix writes lock files. */
export interface LockForm {
  /** The members that this version adds to the lock of an archive. */
  readonly archive: object;
  /** The lock of the folder `sub` of the flake. */
  readonly folder: (narHash: string) => object;
}

export const LOCK_FORMS: readonly (readonly [version: string, form: LockForm])[] = [
  ["2.8", { archive: {}, folder: (narHash) => ({ locked: { lastModified: 1, narHash } }) }],
  [
    "2.26",
    { archive: { lastModified: 1_709_251_198, rev: "1".repeat(40), revCount: 7 }, folder: () => ({ parent: [] }) },
  ],
];

/**
 * Writes a flake with inputs of each kind: an archive, a git repository that follows the archive, a folder of the flake,
 * a folder of the archive, and files that are no flake.
 */
export async function writeLockedFlake(directory: string, { archive: added, folder }: LockForm, salt: string) {
  const parts = await writeTree(join(directory, `parts-${salt}`), {
    "archive/flake.nix": `{ outputs = { self }: { text = "archive ${salt} of \${self.lastModifiedDate or "no day"}"; }; }`,
    "archive/inner/flake.nix": `{ outputs = { self }: { text = "inner"; }; }`,
    "archive/text": "plain",
    "git/flake.nix": `{ inputs.base.url = "github:other/base"; outputs = { self, base }: { text = "git \${self.shortRev} over \${base.text}"; }; }`,
  });
  const repository = await createRepository(directory, `${salt}.git`);
  const rev = await repository.commit({ "flake.nix": await readFile(join(parts, "git/flake.nix"), "utf8") }, "main");
  const closers: (() => unknown)[] = [];
  const git = await serveGit(directory, undefined, (close) => closers.push(close));
  const archive = await serveArchive(join(parts, "archive"), (close) => closers.push(close));
  const flake = await writeTree(join(directory, `flake-${salt}`), {
    "flake.nix": `{
      inputs = { archive.url = "x"; inner.url = "x"; git.url = "x"; sub.url = "path:./sub"; plain = { url = "x"; flake = false; }; };
      outputs = { self, archive, git, sub, inner, plain }: {
        packages.${SYSTEM}.hello = ${derivation("hello", 'builtins.concatStringsSep ", " [ archive.text git.text sub.text inner.text (builtins.readFile "${plain}/text") self.lastModifiedDate ]')};
      };
    }`,
    "sub/flake.nix": `{ inputs.base.url = "x"; outputs = { self, base }: { text = "sub \${builtins.readFile ./text} over \${base.text}"; }; }`,
    "sub/text": "folder",
  });
  const archived = { type: "tarball", url: archive.url, narHash: await narHashOf(join(parts, "archive")), ...added };
  const gitted = {
    type: "git",
    url: `${git.url}/${basename(repository.url)}`,
    ref: "main",
    rev,
    revCount: 1,
    lastModified: 1_700_000_000,
    narHash: await narHashOf(join(parts, "git")),
  };
  const { locked: pinned, ...rest } = { locked: {}, ...folder(await narHashOf(join(flake, "sub"))) };
  const nodes = {
    archive: { locked: archived, original: {} },
    git: { locked: gitted, original: {}, inputs: { base: ["archive"] } },
    inner: { locked: { ...archived, dir: "inner" }, original: {} },
    plain: { locked: archived, original: {}, flake: false },
    sub: {
      locked: { type: "path", path: "./sub", ...pinned },
      original: {},
      inputs: { base: ["git", "base"] },
      ...rest,
    },
    root: { inputs: { archive: "archive", git: "git", inner: "inner", plain: "plain", sub: "sub" } },
  };
  await writeTree(flake, { "flake.lock": JSON.stringify({ nodes, root: "root", version: 7 }) });
  return {
    flake,
    text: (day: string) => {
      const base = `archive ${salt} of ${day}`;
      return `${base}, git ${rev.slice(0, 7)} over ${base}, sub folder over ${base}, inner, plain, 19700101000000\n`;
    },
    calls: () => archive.calls.length + git.calls.length,
    close: () => Promise.all(closers.map((close) => close())),
  };
}
