import { expect, test } from "vitest";
import { ArchiveError } from "../../../origin/archives/archive-error.ts";
import { DownloadError } from "../../../origin/downloads/download-error.ts";
import { unreachable } from "../../../origin/sources/revision.ts";
import { CommandError } from "../../../origin/system/command.ts";

const FULL = "the package source cannot be read now (x: the build service has no disk space left); try again later";

test.each([
  [
    new DownloadError("the server answered 502", true),
    "the package source cannot be read now (x: the server answered 502); try again later",
  ],
  [new ArchiveError("ends too early"), "the package source cannot be read now (x: it ends too early); try again later"],
  [Object.assign(new Error("write"), { code: "ENOSPC" }), FULL],
  [new CommandError("error: writing to file '/nix/store/a': No space left on device"), FULL],
  [new CommandError("fatal: cannot open /secret/path"), "the package source cannot be read now (x); try again later"],
])("a source that cannot be read is an outage, without paths of this machine: %s", (cause, message) => {
  expect(unreachable("x", cause)).toMatchObject({ code: "UNAVAILABLE", message, cause });
});
