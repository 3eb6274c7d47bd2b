import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAt, objectOf, textAt } from "../json.ts";
import { matching } from "../matchers.ts";
import { writeTree } from "../origin/fixtures.ts";
import { output, run } from "./program.ts";
import { type Registry, startRegistry, temporaryDirectory } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";

const SECRET = `secret-${randomUUID()}`;
const SALT = randomUUID();

/** Scripts of builders. `printf` writes bytes that are not UTF-8. */
const SCRIPTS: Readonly<Record<string, string>> = {
  one: `
    mkdir -p $out/share/aliases $out/share/$(printf 'd\\377') $out/share/mixed
    cd $out/share/aliases
    echo one > $(printf 'bokm\\345l.alias')
    echo two > $(printf 'bokm\\346l.alias')
    ln -s $(printf 'bokm\\345l.alias') link
    ln -s $(printf '../d\\377/one') $(printf 'over\\377')
    ln -s loop loop; ln -s back forth; ln -s forth back
    ln -s loop/deeper below; ln -s $(printf 'no\\377where') dangling
    echo long > $(printf '\\351%.0s' $(seq 255))
    echo one > ../$(printf 'd\\377')/one
    ln -s ../aliases ../mixed/$(printf 'dir\\345')`,
  two: `
    mkdir -p $out/share/aliases $out/share/$(printf 'd\\377') $out/share/mixed/$(printf 'dir\\345')
    echo three > $out/share/aliases/$(printf 'bokm\\347l.alias')
    echo three > $out/share/mixed/$(printf 'dir\\345')/three
    echo two > $out/share/$(printf 'd\\377')/two`,
  outside: `
    mkdir -p $out/share/machine $out/etc
    ln -s /etc/passwd $out/share/machine/passwd; ln -s /etc $out/share/machine/etc
    ln -s OTHER $out/share/machine/other; ln -s OTHER $out/lib; ln -s OTHER/secret $out/etc/secret
    ln -s ../../../..$PWD $out/share/machine/relative`,
  within: "mkdir -p $out/share/machine/etc $out/lib; echo x > $out/share/machine/etc/x; echo x > $out/lib/x",
  pipe: "mkdir -p $out/share; mkfifo $out/share/a-pipe",
  socket: `mkdir -p $out; ${process.execPath} -e 'require("net").createServer().listen(process.env.out + "/a-socket", () => process.exit())'; touch $out/x`,
  whiteout: "mkdir -p $out/share; echo x > $out/share/$(printf '.wh.caf\\303\\251')",
  deep: `mkdir $out; cd $out; for i in $(seq 20); do d=$(printf 'd%.0s' $(seq 250)); mkdir $d; cd $d; done; echo x > x`,
};

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: Registry;

beforeAll(async () => {
  directory = await temporaryDirectory();
  // A store path that no package needs. A builder knows its name, but Nix does not see a reference to it.
  const secret = await writeTree(join(directory.path, "other"), { secret: SECRET });
  const other = (await output("nix-store", ["--add", secret])).trim();
  const packages = Object.entries(SCRIPTS).map(([name, script]) => {
    const text = `PATH=/usr/bin:/bin; ${script.replaceAll("OTHER", other)}\n exit 0 # ${SALT}`;
    const nix = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    return `${name} = derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "${nix}" ]; };`;
  });
  const set = await writeTree(join(directory.path, "set"), { "default.nix": `{\n${packages.join("\n")}\n}` });
  const env = { CORNICE_PKGS_PATH: set, CORNICE_NIX_SANDBOX: "false", CORNICE_NIX_SUBSTITUTERS: "" };
  registry = await startRegistry({ stateDirectory: join(directory.path, "state"), env });
});

afterAll(async () => {
  await registry.stop();
  await directory[Symbol.asyncDispose]();
});

/** Unpacks all layers of an image, one over the other. Returns the folder. */
async function unpack(name: string): Promise<string> {
  const folder = join(directory.path, randomUUID());
  await output("skopeo", ["copy", "--src-tls-verify=false", `docker://${registry.host}/${name}`, `dir:${folder}`]);
  const root = `${folder}-root`;
  await mkdir(root);
  const manifest = objectOf(await readFile(join(folder, "manifest.json"), "utf8"));
  for (const layer of listAt(manifest, "layers")) {
    const file = join(folder, textAt(layer, "digest").replace("sha256:", ""));
    await output("tar", ["-xzpf", file, "-C", root]);
  }
  return root;
}

/** One character for each byte. */
const bytes = (path: string) => Buffer.from(path, "latin1");

async function namesIn(path: string): Promise<string[]> {
  return (await readdir(bytes(path), "latin1")).toSorted();
}

/** Where a link of the root leads, below the store path of its package. */
async function linkOf(path: string): Promise<string> {
  return (await readlink(bytes(path), "latin1")).replace(/^\/nix\/store\/[0-9a-z]{32}-/, "");
}

/** The text behind a link of the root. */
async function textOf(root: string, path: string): Promise<string> {
  return readFile(bytes(root + (await readlink(bytes(path), "latin1"))), "utf8");
}

describe("names that are no UTF-8, in directories that two packages share", () => {
  let root: string;
  let aliases: string;

  beforeAll(async () => {
    root = await unpack("one/two");
    aliases = join(root, "share/aliases");
  });

  it("stay as they are", async () => {
    const long = "\u00e9".repeat(255);
    const of = (letter: string) => `bokm${letter}l.alias`;
    const names = [of("\u00e5"), of("\u00e6"), of("\u00e7"), "link", "over\u00ff", "loop", "forth", "back", "below"];
    expect(await namesIn(aliases)).toEqual([...names, "dangling", long].toSorted());
    expect(await namesIn(join(root, "share"))).toEqual(["aliases", "d\u00ff", "mixed"]);
    expect(await namesIn(join(root, "share/d\u00ff"))).toEqual(["one", "two"]);
  });

  it.each([
    ["bokm\u00e5l.alias", "one\n"],
    ["bokm\u00e6l.alias", "two\n"],
    ["bokm\u00e7l.alias", "three\n"],
    ["\u00e9".repeat(255), "long\n"],
  ])("lead to the right file: %s", async (name, text) => {
    expect(await textOf(root, `${aliases}/${name}`)).toBe(text);
  });

  it.each([
    ["link", "bokm\u00e5l.alias"],
    ["over\u00ff", "../d\u00ff/one"],
    ["loop", "loop"],
    ["forth", "back"],
    ["below", "loop/deeper"],
    ["dangling", "no\u00ffwhere"],
  ])("keep the targets of links: %s", async (name, target) => {
    expect(await linkOf(`${aliases}/${name}`)).toBe(`one/share/aliases/${name}`);
    const behind = root + (await readlink(bytes(`${aliases}/${name}`), "latin1"));
    expect(await readlink(bytes(behind), "latin1")).toBe(target);
  });

  it("are followed to a directory", async () => {
    expect(await namesIn(join(root, "share/mixed/dir\u00e5"))).toEqual(
      expect.arrayContaining(["bokm\u00e5l.alias", "link", "three"]),
    );
  });
});

it("a link out of the closure brings nothing into the image", async () => {
  const root = await unpack("outside/within");
  expect(await namesIn(join(root, "share/machine"))).toEqual(["etc", "other", "passwd", "relative"]);
  for (const path of ["share/machine/etc", "lib", "etc/secret"]) {
    expect(await linkOf(join(root, path))).toBe(`outside/${path}`);
  }
  const { code, stdout } = await run("grep", ["-rl", SECRET, root]);
  expect([code, stdout]).toEqual([1, ""]);
  const storePaths = (await namesIn(join(root, "nix/store"))).map((name) => name.slice(name.indexOf("-") + 1));
  expect(storePaths.toSorted()).toEqual(["outside", "within"]);
});

describe("a package that no image can hold is refused for good, and the error says why:", () => {
  it.each([
    ["pipe", /a-pipe/],
    ["socket", /a-socket/],
    ["whiteout", /whiteout has a file that no image can hold, because its name begins with \.wh\.: \.wh\.café/],
    ["deep", /^building deep failed: getting status of 'deep\/ddd/],
  ])("%s", async (name, message) => {
    const response = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
    const body: unknown = await response.json();
    expect(response.status).toBe(404);
    expect(textAt(body, "errors", 0, "code")).toBe("MANIFEST_UNKNOWN");
    expect(textAt(body, "errors", 0, "message")).toEqual(matching(message));
  });
});
