/**
 * Links that programs outside of the image expect, with the places where their target can be. The image gets a link if
 * a package brings the target, and no package brings the link's own path. The packages of nixpkgs have their programs in
 * `bin`. Other sources may have them in `usr/bin`.
 */
export const ADDED_LINKS: Readonly<Record<string, readonly string[]>> = {
  // Scripts, and all CI systems.
  "bin/sh": ["bin/sh", "bin/bash", "bin/dash"],
  "usr/bin/env": ["usr/bin/env", "bin/env"],
  // Steps of CircleCI (https://circleci.com/docs/configuration-reference/#default-shell-options), and VS Code's server
  // (https://github.com/microsoft/vscode-remote-release/issues/219).
  "bin/bash": ["bin/bash", "usr/bin/bash"],
  // Bitbucket Pipelines: https://github.com/NixOS/nix/issues/11978
  "bin/cat": ["bin/cat", "usr/bin/cat"],
  "bin/echo": ["bin/echo", "usr/bin/echo"],
  "usr/bin/mkfifo": ["usr/bin/mkfifo", "bin/mkfifo"],
  // The runners of Gitea and Forgejo keep a job's container alive with this program.
  "bin/sleep": ["bin/sleep", "usr/bin/sleep"],
  // act before version 0.2.35, and runners built on it, do it with this one: https://github.com/nektos/act/issues/1449
  "usr/bin/tail": ["usr/bin/tail", "bin/tail"],
  // The place of the file that a distribution brings: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
  "etc/os-release": ["etc/os-release", "usr/lib/os-release"],
};
