import assert from "node:assert/strict";
import * as fc from "fast-check";
import { declaredAccounts } from "../../../image/root/declared-accounts.ts";
import { wordsOf } from "../../../image/root/declared-lines.ts";
import { parseTmpfilesLine } from "../../../image/root/tmpfiles.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";

const name = fc.constantFrom("root", "nobody", "app", "tor", "varnish", "Debian-exim", "_x");
const id = fc.oneof(
  fc.constantFrom("-", "0", "5", "101", "998", "65533", "65534", "99999", "5:7", "-:app", "5:root", "7:0", "/bin/x"),
  fc.nat({ max: 1100 }).map(String),
);
const text = fc.constantFrom("-", '"a b"', "/srv", "%S/x", "'", "%%", '"a\u001b[2J"', "/x:0:0", '"a\u2028b"');
const fields = (...each: readonly fc.Arbitrary<string>[]) => fc.tuple(...each).map((words) => words.join(" "));
const sysusers = fc.oneof(
  fields(fc.constantFrom("u", "u!"), name, id, text, text, text),
  fields(fc.constant("g"), name, id),
  fields(fc.constant("m"), name, name),
);
const anySysusers = fc.oneof(sysusers, mutated(sysusers), oddText(60), longText("u ", '"', "\\", "%", ":"));

const path = fc.constantFrom(
  "/run/x",
  "/var/run/x",
  "%S/a",
  "/etc/passwd",
  "/tmp/../nix",
  "/nix/store/x",
  "//opt//x/.",
);
const mode = fc.constantFrom("-", "0755", "~2770", ":1777", "7777", "0", "99");
const tmpfiles = fields(fc.constantFrom("d", "D!", "v", "q", "Q-", "L", "f"), path, mode, name, name);
const anyTmpfiles = fc.oneof(tmpfiles, mutated(tmpfiles), oddText(60), longText("d /", '"', "../", "%S", "./"));

const declared = (line: string) => ({ root: "a", words: quickly(() => wordsOf(line)), text: line });

export const accounts: readonly Property[] = [
  property("accounts/sysusers", fc.array(anySysusers, { maxLength: 8 }), (lines) => {
    const { users, groups } = declaredAccounts(lines.map(declared));
    // Nothing that a package declares can add a field or a line to the files, or be root.
    for (const user of users) {
      const values = [user.name, String(user.uid), String(user.gid), user.comment, user.home, user.shell];
      for (const value of values) assert.match(value, /^[^:\p{Cc}\u2028\u2029]*$/u);
      assert.equal(user.uid === 0, user.name === "root");
    }
    for (const group of groups) {
      for (const value of [group.name, ...group.members]) assert.match(value, /^[a-zA-Z_][\w-]*$/);
      assert.equal(group.gid === 0, group.name === "root");
    }
    for (const names of [users.map((user) => user.name), users.map(({ uid }) => uid), groups.map((each) => each.name)])
      assert.equal(new Set<string | number>(names).size, names.length);
  }),

  property("accounts/tmpfiles", anyTmpfiles, (line) => {
    const directory = quickly(() => parseTmpfilesLine(declared(line)));
    if (directory === undefined || directory === "malformed") return;
    assert.match(directory.path, /^(?:etc|home|opt|run|srv|tmp|var)\/[\u0021-\u007e]+$/);
    for (const step of directory.path.split("/")) assert.ok(!["", ".", ".."].includes(step), directory.path);
    assert.ok(directory.mode >= 0 && directory.mode <= 0o7777);
  }),
];
