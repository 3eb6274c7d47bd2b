import { byteString } from "../../../image/tar/byte-string.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";

export function directoryEntry(name: string, mode = 0o555): TarEntry {
  return { type: "directory", name: byteString(name), mode };
}

export function bytesEntry(name: string, text: string, mode = 0o444): TarEntry {
  const content = { kind: "bytes", bytes: new TextEncoder().encode(text) } as const;
  return { type: "file", name: byteString(name), mode, content };
}

export function fileEntry(name: string, path: string, size: number): TarEntry {
  return { type: "file", name: byteString(name), mode: 0o444, content: { kind: "file", path, size } };
}

export function symlinkEntry(name: string, target: string): TarEntry {
  return { type: "symlink", name: byteString(name), target: byteString(target) };
}

export function hardlinkEntry(name: string, target: string, mode = 0o444): TarEntry {
  return { type: "hardlink", name: byteString(name), mode, target: byteString(target) };
}

/** One entry of every kind, with names of every length and encoding. */
export const SMALL_TREE: readonly TarEntry[] = [
  directoryEntry("nix/", 0o755),
  directoryEntry("nix/store/", 0o755),
  directoryEntry("nix/store/a/"),
  bytesEntry("nix/store/a/empty", ""),
  bytesEntry("nix/store/a/hello", "#!/bin/sh\necho hello\n", 0o555),
  hardlinkEntry("nix/store/a/hello2", "nix/store/a/hello", 0o555),
  symlinkEntry("nix/store/a/link", "hello"),
  bytesEntry(`nix/store/a/${"l".repeat(120)}`, "a long name"),
  hardlinkEntry("nix/store/a/long-hard", `nix/store/a/${"l".repeat(120)}`),
  symlinkEntry("nix/store/a/long-link", `/nix/store/${"t".repeat(120)}`),
  bytesEntry("nix/store/a/größe-\u{1F600}", "not ASCII"),
  directoryEntry("tmp/", 0o1777),
];
