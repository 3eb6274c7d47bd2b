import { lstat, readlink } from "node:fs/promises";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import type { Owner, Sight } from "./isolation.ts";

/** The part of this machine that every confined program sees. */
export interface JailBase {
  /** bubblewrap's options for the system's programs and libraries. */
  readonly system: readonly string[];
  /** The folder above Nix's programs. If it is outside of the system's folders, it contains their libraries, too. */
  readonly nixPrefix: string;
  /** The folder with the socket of Nix's daemon. */
  readonly socketFolder: string;
}

/** The user of a jail. */
export interface JailedUser {
  /** Whether root starts the jail. */
  readonly isRoot: boolean;
  /** Whether the program in the jail becomes another user. */
  readonly becomesAnother: boolean;
}

/** Old and new systems have different ones of these folders. Some are links into /usr. */
const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;
/** Programs find names, libraries and certificates in these files. None of them is secret. */
const SYSTEM_FILES = [
  "/etc/alternatives",
  "/etc/group",
  "/etc/ld.so.cache",
  "/etc/nsswitch.conf",
  "/etc/passwd",
  "/etc/pki",
  "/etc/ssl",
  "/etc/static",
] as const;
const NETWORK_FILES = ["/etc/gai.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/services"] as const;
/** The size of the program's /tmp, which is also its home. This folder is in memory. Bytes. */
const MAX_TEMPORARY_BYTES = 268_435_456;
/** The home, and the only folder that a program can write to. */
export const JAIL_HOME = "/tmp";
/** A folder of its own for temporary files, because a package source may be mounted below /tmp. */
export const JAIL_TEMPORARY = "/tmp/cornice-temporary";

/** bubblewrap's options for the parts of the system that this machine has. */
export async function systemView(): Promise<string[]> {
  const views = await Promise.all(SYSTEM_FOLDERS.map(folderView));
  return [...views.flat(), ...openFolder("/etc"), ...SYSTEM_FILES.flatMap((file) => ["--ro-bind-try", file, file])];
}

async function folderView(folder: string): Promise<string[]> {
  const status = await lstat(folder).catch(() => undefined);
  if (status?.isSymbolicLink()) return ["--symlink", await readlink(folder), folder];
  return status?.isDirectory() ? ["--ro-bind", folder, folder] : [];
}

/**
 * bubblewrap's options for a confined program: https://github.com/containers/bubblewrap
 * The program has its own namespaces, and sees no processes but its own. It writes to memory, or to `scratch`.
 */
export function jail(
  { system, nixPrefix, socketFolder }: JailBase,
  sight: Sight,
  who: JailedUser,
  store = STORE_DIRECTORY,
): string[] {
  const { readable, network, scratch, links } = sight;
  const isSeen =
    nixPrefix === "/" || [...SYSTEM_FOLDERS, store].some((folder) => `${nixPrefix}/`.startsWith(`${folder}/`));
  const folders = [store, ...(isSeen ? [] : [nixPrefix]), socketFolder, ...readable];
  const files = folders.flatMap((path) => [...parents(path), "--ro-bind", path, path]);
  return [
    "--die-with-parent",
    "--new-session",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(network ? [] : ["--unshare-net"]),
    ...(who.isRoot ? [] : ["--unshare-user"]),
    ...(who.becomesAnother ? ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] : []),
    ...system,
    ...(network ? NETWORK_FILES.flatMap((file) => ["--ro-bind-try", file, file]) : []),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    ...(scratch === undefined ? temporary : ["--bind", scratch, JAIL_HOME]),
    "--perms",
    "1777",
    "--dir",
    JAIL_TEMPORARY,
    // These mounts come after /tmp, because some paths may be below it.
    ...files,
    ...(links === undefined ? [] : [...parents(links), "--bind", links, links]),
    "--chdir",
    "/",
    "--",
  ];
}

/** Makes a folder that all users may enter. bubblewrap makes missing parent folders for the starting user only. */
function openFolder(path: string): string[] {
  return ["--perms", "0755", "--dir", path];
}

/** Options that make the folders above a path, the outermost first. */
function parents(path: string): string[] {
  const steps = path.split("/").slice(1, -1);
  return steps.flatMap((_, index) => openFolder(`/${steps.slice(0, index + 1).join("/")}`));
}

const temporary = ["--perms", "1777", "--size", String(MAX_TEMPORARY_BYTES), "--tmpfs", JAIL_HOME];

/** Options of `setpriv`: the program runs as another user, has no privileges, and cannot get any. */
export function becomeUser({ uid, gid }: Owner): string[] {
  return [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--inh-caps=-all", "--no-new-privs"];
}
