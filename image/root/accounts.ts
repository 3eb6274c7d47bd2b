import { formatBytes } from "../../protocol/format-bytes.ts";
import { PackageError } from "../closure/package-error.ts";
import { byteString, decodeText } from "../tar/byte-string.ts";
import { type DeclaredAccounts, declaredAccounts, type Group, type User } from "./declared-accounts.ts";
import { declaredLines } from "./declared-lines.ts";
import { GROUP, MAX_ACCOUNT_BYTES, PASSWD } from "./files-to-read.ts";
import { findInRoots } from "./package-roots.ts";
import type { StoreFiles } from "./store-files.ts";

/** The users and groups of an image, and the files that the image adds for them. */
export interface Accounts extends DeclaredAccounts {
  /** Texts by path, relative to the root. A file that a package brings is not among them. */
  readonly files: Readonly<Record<string, string>>;
}

const NSSWITCH = "passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\nservices: files\n";

/**
 * Programs look up names of users, groups and hosts in three files. A package's own file wins. Otherwise the files have
 * the accounts that all images have, and those that the packages declare. Throws `PackageError` for a huge file.
 */
export function accountsOf(roots: readonly string[], files: StoreFiles): Accounts {
  const declared = declaredAccounts(declaredLines("sysusers.d", roots, files));
  const [passwd, group] = [PASSWD, GROUP].map((name) => packageText(name, roots, files));
  const texts = {
    [PASSWD]: passwd === undefined ? declared.users.map(userLine).join("") : undefined,
    [GROUP]: group === undefined ? declared.groups.map(groupLine).join("") : undefined,
    "etc/nsswitch.conf": findInRoots(roots, "etc/nsswitch.conf", files) === undefined ? NSSWITCH : undefined,
  };
  return {
    users: passwd === undefined ? declared.users : parseUsers(passwd),
    groups: group === undefined ? declared.groups : parseGroups(group),
    files: Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
    ),
    clashes: declared.clashes,
    ignored: declared.ignored,
  };
}

function userLine({ name, uid, gid, comment, home, shell }: User): string {
  return `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`;
}

function groupLine({ name, gid, members }: Group): string {
  return `${name}:x:${gid}:${members.join(",")}\n`;
}

function packageText(name: string, roots: readonly string[], files: StoreFiles): string | undefined {
  const path = findInRoots(roots, name, files);
  const file = path === undefined ? undefined : files.find(byteString(path));
  if (path === undefined || file === undefined) return undefined;
  if (file.node.kind !== "file") return "";
  if (file.node.size > MAX_ACCOUNT_BYTES)
    throw new PackageError(path, `has account files of more than ${formatBytes(MAX_ACCOUNT_BYTES)}`);
  return decodeText(files.trees.read(file.path));
}

function parseUsers(text: string): User[] {
  return fieldsOf(text).map(([name = "", , uid, gid, comment = "", home = "", shell = ""]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
  }));
}

function parseGroups(text: string): Group[] {
  return fieldsOf(text).map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
}

function fieldsOf(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name = ""]) => name !== "" && !name.startsWith("#"));
}
