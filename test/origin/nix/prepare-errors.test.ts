import type { BuildListener } from "../../../protocol/build-events.ts";
import { describe, expect } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { containing } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { FAILING, GIT, prepare } from "./prepared.ts";

/** A script of a Nix whose builder prints a line and fails with exit code 3. */
const failingBuild = (line: string) =>
  `printf '%s\\n' '@nix {"action":"start","fields":["${FAILING}"],"id":1,"type":105}' \
    '@nix {"action":"result","fields":["${line}"],"id":1,"type":101}' >&2
    echo "error: builder for '${FAILING}' failed with exit code 3" >&2; exit 1`;

describe("a source that ends the evaluation because Nix is too old", () => {
  const abort = (text: string) => ({
    evaluate: `printf "error:\\n  error: evaluation aborted with the following error message: '\\n  This version of Nixpkgs ${text}\\n" >&2; exit 1`,
  });

  test.for([
    ["requires Nix >= 99, please upgrade:", "the package source needs Nix 99 or newer"],
    ["requires an implementation of Nix with the following features:", "the package source needs a newer Nix"],
  ] as const)("is an outage: %s", async ([text, message], { directory }) => {
    expect(await rejection(prepare(directory, abort(text)))).toMatchObject({
      code: "UNAVAILABLE",
      message: `${message}, and the machine that builds has 2.8.0; its operator must upgrade Nix`,
      cause: { name: "CommandError" },
    });
  });

  test("is no outage if Nix is new enough", async ({ directory }) => {
    const error = await rejection(prepare(directory, abort("requires Nix >= 2.3, please upgrade:")));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });
});

describe("a build that fails says why", () => {
  const intro = "building git/htop failed:";

  test.for([
    ["in Nix's words", "echo 'error: builder failed' >&2; exit 1", `${intro} builder failed`],
    [
      "with the first error, not a later one that depends on it",
      "echo 'error: first' >&2; echo 'error: second' >&2; exit 1",
      `${intro} first`,
    ],
    [
      "in the words of a newer Nix, which indents its message",
      "printf 'error:\\n       … while calling\\n\\n       error: it is unfree\\n' >&2; exit 1",
      `${intro} it is unfree`,
    ],
    [
      "with advice for the operator",
      "echo \"error: access to URI 'http://a/' is forbidden in restricted mode\" >&2; exit 1",
      `${intro} access to URI 'http://a/' is forbidden in restricted mode; the operator can allow it with CORNICE_NIX_ALLOWED_URIS`,
    ],
    ...[
      "unable to download 'https://a/x.tar.gz': HTTP error 401",
      "unable to download 'https://a/x.tar.gz': HTTP error 403",
      "could not read Username for 'https://a': terminal prompts disabled",
    ].map((words) => [
      "with what a private input needs",
      `echo "error: ${words}" >&2; exit 1`,
      `${intro} ${words}; if this input is private, the operator can set CORNICE_NIX_ACCESS_TOKENS (GitHub, GitLab), or the flake can lock it as git+ssh://…, for the SSH keys of the machine`,
    ]),
    [
      "without the path of the source",
      "echo \"error: getting status of '/pkgs/none.nix': No such file\" >&2; exit 1",
      `${intro} getting status of 'SOURCE/none.nix': No such file`,
    ],
    [
      "in one sentence if nixpkgs refuses a package",
      "echo 'error: Package ‘a-1’ in /pkgs/a.nix:3 is marked as broken, refusing to evaluate.' >&2; exit 1",
      `${intro} a-1 is marked as broken; the operator can allow it with CORNICE_ALLOW_BROKEN=true`,
    ],
    [
      "in at most a thousand characters",
      `echo 'error: ${"x".repeat(5000)}' >&2; exit 1`,
      `${intro} ${"x".repeat(1000)}…`,
    ],
    [
      "without a half of a character at the cut",
      `echo 'error: ${"x".repeat(999)}😀y' >&2; exit 1`,
      `${intro} ${"x".repeat(999)}…`,
    ],
    ["or names the origin's log", "echo 'Killed' >&2; exit 137", `${intro} see the log of the origin`],
    ["or names the origin's log if Nix was killed", "kill -KILL $$", `${intro} see the log of the origin`],
  ])("%s", async ([, evaluate = "", message], { directory }) => {
    expect(await rejection(prepare(directory, { evaluate }))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message,
      cause: { name: "CommandError" },
    });
  });

  test.for([
    [
      "error: cannot connect to daemon at '/nix/var/nix/daemon-socket/socket': No such file or directory",
      "nix-setup-systemd",
    ],
    ["error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Permission denied", "nix-setup-systemd"],
    ["bwrap: Can't find source path /nix/var/nix/daemon-socket: No such file or directory", "nix-setup-systemd"],
    ["error: creating directory '/nix/store': Permission denied", "nix-setup-systemd"],
    ["error: opening lock file '/nix/var/nix/db/big-lock': Permission denied", "nix-setup-systemd"],
    ["error: could not set permissions on '/nix/var/nix/profiles/per-user' to 755: Operation not permitted", "Debian"],
    ["error: changing ownership of path '/nix/store': Operation not permitted", "Debian"],
    [
      "error: getting attributes of path '/usr/bin/bash-static': No such file or directory",
      "apt-get install bash-static",
    ],
    ["error: cloning builder process: Operation not permitted", "CORNICE_NIX_SANDBOX=false"],
  ] as const)("with an outage that blames no client: %s", async ([line, advice], { directory }) => {
    const error = await rejection(prepare(directory, { evaluate: `echo "${line}" >&2; exit 1` }));
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      message: "Nix does not work on the machine that builds; its operator finds the reason in the log",
      advice: containing(advice),
      cause: { name: "CommandError", message: containing(line.slice(line.indexOf(" ") + 1)) },
    });
  });

  test("with the name of the failed builder and the end of its log", async ({ directory }) => {
    const realise = failingBuild(`in ${GIT}/x: ${"x".repeat(300)}`);
    expect(await rejection(prepare(directory, { realise }))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message:
        `${intro} builder for failing-1.2 failed with exit code 3; the last lines of its log:\n` +
        `in git-2.51.0/x: ${"x".repeat(139)}…`,
      cause: { name: "CommandError" },
    });
  });

  test.for([
    ["File size limit exceeded", "the operator can allow larger files with CORNICE_MAX_IMAGE_MIB"],
    ["write: File too large", "the operator can allow larger files with CORNICE_MAX_IMAGE_MIB"],
    ["cc1plus: out of memory", "the operator can allow more memory with CORNICE_NIX_BUILD_MEMORY"],
  ])("with advice if its log says: %s", async ([line = "", advice], { directory }) => {
    expect(await rejection(prepare(directory, { realise: failingBuild(line) }))).toMatchObject({
      message: `${intro} builder for failing-1.2 failed with exit code 3; ${advice}; the last lines of its log:\n${line}`,
    });
  });

  test("with advice if its builder was killed", async ({ directory }) => {
    const realise = `echo "error: builder for '${FAILING}' failed due to signal 9 (Killed)" >&2; exit 1`;
    expect(await rejection(prepare(directory, { realise }))).toMatchObject({
      message:
        `${intro} builder for failing-1.2 failed due to signal 9 (Killed); the machine may have had no memory left: pull ` +
        "again, or ask the operator for a lower CORNICE_MAX_BUILDS, or a larger machine",
    });
  });

  test("and the origin's own log has Nix's unchanged message", async ({ directory }) => {
    const realise = `echo "error: builder for '${FAILING}' failed with exit code 3" >&2; exit 1`;
    expect(await rejection(prepare(directory, { realise }))).toMatchObject({
      cause: { message: containing(`builder for '${FAILING}' failed with exit code 3`) },
    });
  });

  test("with the exit code as cause", async ({ directory }) => {
    expect(await rejection(prepare(directory, { evaluate: "exit 7" }))).toMatchObject({
      cause: { message: "nix-instantiate ended with exit code 7" },
    });
  });
});

describe.concurrent("a build that takes too long", () => {
  const nix = { timeoutS: 0.3 };

  test("is stopped, and the error names the setting to raise", async ({ directory }) => {
    const error = await rejection(prepare(directory, { evaluate: "sleep 1000" }, { nix }));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message:
        "building git/htop took longer than 0.3 s and was stopped; " +
        "finished parts are kept, so pull again, or ask the operator to raise NIX_TIMEOUT",
    });
  });

  test("gets an error that names the running builds and downloads", async ({ directory }) => {
    const started = ["a", "b", "c", "d", "e"].map(
      (name, id) =>
        `'@nix {"action":"start","fields":["${FAILING.replace("failing-1.2", name)}"],"id":${id},"type":${id === 1 ? 100 : 105}}'`,
    );
    const stopped = (ids: readonly number[]) => ids.map((id) => `'@nix {"action":"stop","id":${id}}'`).join(" ");
    // When we stop Nix, it ends all builds and downloads.
    const script = `trap "printf '%s\\n' ${stopped([1, 2, 3, 4]).replaceAll('"', '\\"')} >&2; exit 1" TERM
      printf '%s\\n' ${started.join(" ")} ${stopped([0])} >&2; while :; do sleep 0.05; done`;
    const error = await rejection(prepare(directory, { evaluate: script }, { nix }));
    expect(error).toMatchObject({
      message: containing(
        "was stopped while downloading b (0 s), building c (0 s), building d (0 s) and 1 more; finished parts are kept",
      ),
    });
  });

  test("counts as stopped by the origin if the origin stopped first", async ({ directory }) => {
    const stop = new AbortController();
    const onEvent: BuildListener = ({ event }) => {
      if (event === "log") stop.abort(new Error("the origin is stopping"));
    };
    const script = "trap 'sleep 0.6; exit 1' TERM; echo ready >&2; while :; do sleep 0.05; done";
    const error = await rejection(prepare(directory, { evaluate: script }, { nix, signal: stop.signal, onEvent }));
    expect(error).toMatchObject({ message: "the origin is stopping" });
  });
});
