import { describe, expect, test } from "vitest";
import { accountsOf } from "../../../image/root/accounts.ts";
import { rootLayer } from "../../../image/root/root-layer.ts";
import { matching } from "../../matchers.ts";
import { storeOf, storePath, type Trees } from "./store.ts";

const OWN_USERS = ["root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/var/empty:/bin/sh"];
const OWN_GROUPS = ["root:x:0:", "nogroup:x:65534:", "nobody:x:65534:"];

function accounts(trees: Trees) {
  const { roots, files } = storeOf(trees);
  return accountsOf(roots, files);
}

/** The lines that declarations add to the files. */
function added(...lines: readonly string[]) {
  const { files, clashes, ignored } = accounts({ a: { "lib/sysusers.d/a.conf": lines.join("\n") } });
  const linesOf = (name: string) => (files[name] ?? "").trimEnd().split("\n");
  expect(linesOf("etc/passwd").slice(0, OWN_USERS.length)).toEqual(OWN_USERS);
  return {
    users: linesOf("etc/passwd").slice(OWN_USERS.length),
    groups: linesOf("etc/group").slice(OWN_GROUPS.length),
    clashes,
    ignored: ignored.map(({ text }) => text),
  };
}

test("without packages, an image has the accounts of all images", () => {
  expect(accounts({}).files).toEqual({
    "etc/passwd": `${OWN_USERS.join("\n")}\n`,
    "etc/group": `${OWN_GROUPS.join("\n")}\n`,
    "etc/nsswitch.conf": matching(/^passwd: files\n/),
  });
});

describe("a declared", () => {
  test.for<[title: string, lines: string[], users: string[], groups: string[]]>([
    [
      "user has the wanted number, and a group of the same name and number",
      ['u www-data 33 "Web server" /var/www'],
      ["www-data:x:33:33:Web server:/var/www:/usr/sbin/nologin"],
      ["www-data:x:33:"],
    ],
    [
      "user without a number gets one that follows from the name",
      ["u postgres - 'PostgreSQL administrator' /var/lib/postgresql /bin/sh", "u redis -"],
      [
        "postgres:x:551:551:PostgreSQL administrator:/var/lib/postgresql:/bin/sh",
        "redis:x:231:231::/:/usr/sbin/nologin",
      ],
      ["postgres:x:551:", "redis:x:231:"],
    ],
    ["group has its number", ["g tape 26", "g kvm -"], [], ["kvm:x:162:", "tape:x:26:"]],
    [
      "user shares the number of its declared group",
      ["g app 7", "u app -"],
      ["app:x:7:7::/:/usr/sbin/nologin"],
      ["app:x:7:"],
    ],
    [
      "user can have a name with capital letters, as Debian's mailer has",
      ["u Debian-exim 7"],
      ["Debian-exim:x:7:7::/:/usr/sbin/nologin"],
      ["Debian-exim:x:7:"],
    ],
    ["user can have another primary group", ["u! app 7:nogroup"], ["app:x:7:65534::/:/usr/sbin/nologin"], []],
    ["user can have a number as primary group", ["u app 7:9"], ["app:x:7:9::/:/usr/sbin/nologin"], []],
    [
      "member belongs to a group, also of all images",
      ["u app 7", "g log 8", "m app log", "m nobody nogroup", "m none log"],
      ["app:x:7:7::/:/usr/sbin/nologin"],
      ["app:x:7:", "log:x:8:app"],
    ],
  ])("%s", ([, lines, users, groups]) => {
    expect(added(...lines)).toEqual({ users, groups, clashes: [], ignored: [] });
  });
});

describe("a package cannot", () => {
  test.for([
    ["be root under another name", "u toor 0", "toor"],
    ["have nobody's number", "u app 65534", "app"],
    ["have the number of a path's owner", "u app /etc/shadow", "app"],
  ])("%s", ([, line = "", name = ""]) => {
    const [user = "", ...more] = added(line).users;
    expect(more).toEqual([]);
    expect(user).toMatch(new RegExp(`^${name}:x:\\d{3}:\\d{3}::/:/usr/sbin/nologin$`));
  });

  test.for([
    ["change an account of all images", 'u root 5 "other" /tmp'],
    ["declare another type", "r - 500-900"],
  ])("%s", ([, line = ""]) => {
    expect(added(line)).toEqual({ users: [], groups: [], clashes: [], ignored: [] });
  });

  test.for([
    ["add a line with a name", "u a:b 5"],
    ["have a user without a name", "u"],
    ["have a group with a name of more than 31 letters", `g ${"x".repeat(32)}`],
    ["have a member of no group", "m nobody"],
  ])("%s, and the line is reported", ([, line = ""]) => {
    expect(added(line)).toEqual({ users: [], groups: [], clashes: [], ignored: [line] });
  });

  test("add fields with a comment, a home or a shell", () => {
    expect(added('u app 5 "a:0:0" /x:y "/bin/s h"').users).toEqual(["app:x:5:5::/:/usr/sbin/nologin"]);
  });

  test("bring huge files", () => {
    const huge = { a: { "lib/sysusers.d/a.conf": "#".repeat(70_000) } };
    expect(() => accounts(huge)).toThrow(expect.objectContaining({ name: "PackageError" }));
  });
});

test("the first of two different declarations wins, and equal ones are one", () => {
  const { files, clashes } = accounts({
    a: { "lib/sysusers.d/x.conf": "u app 7\ng log 8" },
    b: { "usr/lib/sysusers.d/x.conf": "u app 9\ng log 8" },
  });
  expect(files["etc/passwd"]).toContain("app:x:7:7:");
  expect(clashes).toEqual([
    { path: "etc/passwd", winner: `app of ${storePath("a")}`, loser: `app of ${storePath("b")}` },
  ]);
});

test("two accounts never share a number", () => {
  const { users } = added("u a 7", "u b 7", "g c 7");
  expect(new Set(users.map((line) => line.split(":")[2])).size).toBe(2);
  expect(users[0]).toMatch(/^a:x:7:7:/);
});

test("a package's own files win, and nothing is added to them", () => {
  const trees = {
    a: { "etc/passwd": "# people\nroot:x:0:0::/:\n\nown:x:7:7::/srv:\n", "lib/sysusers.d/a.conf": "u app 9" },
    b: { "etc/passwd": "other:x:1:1::/:", "etc/group": "own:x:7:\n" },
  };
  const { users, groups, files } = accounts(trees);
  expect(users.map(({ name, uid }) => [name, uid])).toEqual([
    ["root", 0],
    ["own", 7],
  ]);
  expect(groups).toEqual([{ name: "own", gid: 7, members: [] }]);
  expect(Object.keys(files)).toEqual(["etc/nsswitch.conf"]);
});

test("a link is followed inside the store only", () => {
  const trees = { a: { "etc/passwd": { link: "../share/users" }, "share/users": "app:x:7:7::/:" } };
  expect(accounts(trees).users.map(({ name }) => name)).toEqual(["app"]);
  expect(accounts({ a: { "lib/sysusers.d": { link: "/etc" } } }).users).toHaveLength(OWN_USERS.length);
});

describe("a declared directory", () => {
  function directories(text: string, tree: Trees[string] = {}) {
    const own = new Set(rootLayer([], storeOf({}).files).entries.map(({ name }) => name));
    const { roots, files } = storeOf({
      a: { "lib/sysusers.d/a.conf": "u app 7", "lib/tmpfiles.d/a.conf": text, ...tree },
    });
    return rootLayer(roots, files).entries.flatMap((entry) =>
      entry.type === "directory" && !own.has(entry.name) && entry.owner
        ? [`${entry.name} ${entry.mode.toString(8)} ${entry.owner.uid}:${entry.owner.gid}`]
        : [],
    );
  }

  test.for([
    ["has its owner and mode", "d /var/lib/app 0750 app app", ["var/lib/app/ 750 7:7"]],
    ["belongs to root by default", "d /run/app", ["run/app/ 755 0:0"]],
    ["may have numbers as owners", "D! /srv/app 2775 12 :34 10d", ["srv/app/ 2775 12:34"]],
    ["of an unknown owner belongs to root", "q /srv/app - none none", ["srv/app/ 755 0:0"]],
    [
      "may use systemd's specifiers",
      "d %S/app\nd %t/app\nd %L/a%%b\nd %m/app",
      ["run/app/ 755 0:0", "var/lib/app/ 755 0:0", "var/log/a%b/ 755 0:0"],
    ],
    ["below an old name is at the new one", "d /var/run/app - app", ["run/app/ 755 7:0"]],
    ["is the first of its path", "d /srv/a 0700\nd //srv/./a/ 0777", ["srv/a/ 700 0:0"]],
    ["cannot be elsewhere", "d /nix/x\nd /usr/x\nd /proc/x\nd /var/../usr/x\nd relative\nd /srv/.wh.x\nd /srv", []],
    ["cannot change those of all images", "d /tmp 0700 app\nd /var/log 0777 app", []],
    ["cannot replace the image's own files", "d /etc/passwd\nd /etc/os-release", []],
    ["has a sane mode", "d /srv/a 99\nd /srv/b ~0700\nd /srv/c rwx", ["srv/b/ 700 0:0"]],
    ["is no other type of line", "f /srv/a\nL /srv/b - - - - /etc\nx /srv/c\nr! /srv/d", []],
  ] as const)("%s", ([, text, expected]) => {
    expect(directories(text)).toEqual(expected);
  });

  test("that no image can have is reported", () => {
    const lines = ["d /nix/x", "d /var/../usr/x", "d /srv/x rwx", "D! relative", "v /srv/.wh.x"];
    const { roots, files } = storeOf({ a: { "lib/tmpfiles.d/a.conf": lines.join("\n") } });
    expect(rootLayer(roots, files).ignored.map(({ text }) => text)).toEqual(lines);
  });

  test("is real, also if the package has it", () => {
    const { roots, files } = storeOf({
      a: { "lib/tmpfiles.d/a.conf": "d /var/lib/app 0700\nd /etc/x", "var/lib/app/file": "", "etc/x": "" },
    });
    const { entries, clashes } = rootLayer(roots, files);
    expect(entries.find(({ name }) => name === "var/lib/app/")).toMatchObject({ type: "directory", mode: 0o700 });
    expect(entries.find(({ name }) => name === "var/lib/app/file")).toMatchObject({ type: "symlink" });
    expect(entries.find(({ name }) => name === "etc/x/")).toMatchObject({ type: "directory" });
    expect(clashes.map(({ path }) => path)).toEqual(["etc/x"]);
  });
});
