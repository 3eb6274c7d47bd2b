import { describe, expect, test } from "vitest";
import { parentOf } from "../../../image/root/parent-of.ts";
import { rootLayer } from "../../../image/root/root-layer.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { STORE, storeOf, type Trees } from "./store.ts";

function entriesOf(trees: Trees): readonly TarEntry[] {
  const { roots, files } = storeOf(trees);
  return rootLayer(roots, files).entries;
}

/** Directories and files with their modes, links with their targets. Store paths are shortened to their names. */
function linesOf(trees: Trees): string[] {
  return entriesOf(trees).map((entry) => {
    if (entry.type === "symlink") return `${entry.name} -> ${entry.target.replace(`${STORE}/`, "")}`;
    return `${entry.name} ${entry.mode.toString(8)}`;
  });
}

function linkTo(trees: Trees, name: string): string | undefined {
  const line = linesOf(trees).find((candidate) => candidate.startsWith(`${name} `));
  return line?.slice(name.length + " -> ".length);
}

/** The entries of an image without packages. */
const BARE = [
  "./ 755",
  "dev/ 755",
  "etc/ 755",
  "etc/group 644",
  "etc/nsswitch.conf 644",
  "etc/os-release 644",
  "etc/passwd 644",
  "home/ 755",
  "media/ 755",
  "mnt/ 755",
  "opt/ 755",
  "proc/ 555",
  "root/ 700",
  "run/ 755",
  "run/lock/ 1777",
  "srv/ 755",
  "sys/ 555",
  "tmp/ 1777",
  "usr/ 755",
  "usr/local/ 755",
  "usr/local/bin/ 755",
  "usr/local/etc/ 755",
  "usr/local/lib/ 755",
  "usr/local/sbin/ 755",
  "usr/local/share/ 755",
  "var/ 755",
  "var/cache/ 755",
  "var/empty/ 555",
  "var/lib/ 755",
  "var/lock -> /run/lock",
  "var/log/ 755",
  "var/run -> /run",
  "var/spool/ 755",
  "var/tmp/ 1777",
];

test("every image has these entries, even without a package", () => {
  expect(linesOf({})).toEqual(BARE);
});

test("the worked example: bash and coreutils", () => {
  const trees = {
    bash: { "bin/bash": "", "bin/sh": { link: "bash" }, "share/doc/bash": "" },
    coreutils: { "bin/env": "", "bin/ls": "" },
  };
  const added = [
    "bin/ 755",
    "bin/bash -> bash/bin/bash",
    "bin/env -> coreutils/bin/env",
    "bin/ls -> coreutils/bin/ls",
    "bin/sh -> bash/bin/sh",
    "share/ 755",
    "share/doc -> bash/share/doc",
    "usr/bin/ 755",
    "usr/bin/env -> coreutils/bin/env",
  ];
  expect(linesOf(trees).toSorted()).toEqual([...BARE, ...added].toSorted());
});

describe("/bin/sh is", () => {
  test.for<[string, Trees, string | undefined]>([
    ["the package's own sh", { a: { "bin/sh": "", "bin/bash": "" } }, "a/bin/sh"],
    ["an sh of any package rather than bash", { a: { "bin/bash": "" }, b: { "bin/sh": "" } }, "b/bin/sh"],
    ["bash if there is no sh", { a: { "bin/ls": "" }, b: { "bin/bash": "" } }, "b/bin/bash"],
    ["bash rather than dash", { a: { "bin/dash": "" }, b: { "bin/bash": "" } }, "b/bin/bash"],
    ["dash if there is nothing else", { a: { "bin/dash": "" } }, "a/bin/dash"],
    ["missing without a shell", { a: { "bin/ls": "" } }, undefined],
  ])("%s", ([, trees, target]) => {
    expect(linkTo(trees, "bin/sh")).toBe(target);
  });
});

describe("/usr/bin/env is", () => {
  test.for<[string, Trees, string | undefined]>([
    ["the package's own file", { a: { "usr/bin/env": "", "bin/env": "" } }, "a/usr/bin/env"],
    ["the env in bin", { a: { "bin/env": "" } }, "a/bin/env"],
    ["missing without an env", { a: { "bin/ls": "" } }, undefined],
  ])("%s", ([, trees, target]) => {
    expect(linkTo(trees, "usr/bin/env")).toBe(target);
  });
});

describe("account files", () => {
  const text = (trees: Trees, name: string) => {
    const entry = entriesOf(trees).find((candidate) => candidate.name === name);
    return entry?.type === "file" && entry.content.kind === "bytes"
      ? new TextDecoder().decode(entry.content.bytes)
      : entry?.type;
  };

  test.for([
    ["etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/var/empty:/bin/sh\n"],
    ["etc/group", "root:x:0:\nnogroup:x:65534:\nnobody:x:65534:\n"],
    ["etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\nservices: files\n"],
  ] as const)("%s has a default text if no package brings it", ([name, content]) => {
    expect(text({ a: { "etc/x": "" } }, name)).toBe(content);
  });

  test.for(["etc/passwd", "etc/group", "etc/nsswitch.conf"])("%s of a package replaces the default", (name) => {
    expect(linkTo({ a: { [name]: "" } }, name)).toBe(`a/${name}`);
  });
});

describe("for all files of packages,", () => {
  const trees: [string, Trees][] = [
    ["nothing", {}],
    ["directories that the root layer adds", { a: { "tmp/x": "", "var/tmp/y": "", "root/z": "", "etc/passwd": "" } }],
    ["files in place of added directories", { a: { tmp: "", etc: "", "var/tmp": "", bin: "", "b/bash": "" } }],
    [
      "links in place of added directories",
      { a: { tmp: { link: "/nowhere" }, etc: { link: "/etc" }, var: { link: "bin" }, "bin/env": "" } },
    ],
    [
      "a link that leads nowhere",
      { a: { "bin/sh": { link: "/nowhere" }, "bin/bash": "", "etc/passwd": { link: "gone" } } },
    ],
    ["names that sort around the slash", { a: { "bin/x": "", "bin-x": "", "bin.x": "" }, b: { "bin/x/y": "" } }],
    ["a usr that is the root", { a: { "bin/env": "", "bin/sh": "", usr: { link: "." } } }],
  ];

  test.for(trees)("no name comes twice, not even as a file and a directory: %s", ([, given]) => {
    const names = entriesOf(given).map(({ name }) => name.replace(/\/$/, ""));
    expect(names).toEqual([...new Set(names)]);
  });

  test.for(trees)("every entry comes after its directory, which is not a link: %s", ([, given]) => {
    const seen = new Set(["/"]);
    for (const { type, name } of entriesOf(given)) {
      expect(seen).toContain(`${parentOf(name)}/`);
      if (type === "directory") seen.add(name);
    }
  });

  test.for(trees)("everybody can write to /tmp: %s", ([, given]) => {
    expect(linesOf(given)).toEqual(expect.arrayContaining(["tmp/ 1777", "var/tmp/ 1777", "root/ 700"]));
  });
});
