import { lstat, readlink } from "node:fs/promises";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import type { Owner, Sight } from "./isolation.ts";

/** What every confined program sees of this machine. */
export interface JailBase {
  /** bubblewrap's options for the system's programs and libraries. */
  readonly system: readonly string[];
  /** The folder above Nix's programs, which has their libraries as well where it is none of the system's. */
  readonly nixPrefix: string;
  /** The folder with the socket of Nix's daemon. */
  readonly socketFolder: string;
}

/** Who starts a jail, and whether it is somebody else who runs in it. */
export interface JailedUser {
  readonly isRoot: boolean;
  readonly becomesAnother: boolean;
}

/** Which of these a system has depends on its age; some are links into /usr. */
const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;
/** What programs look names, libraries and certificates up in: none of it is secret. */
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
/** Of the folder in memory that stands for /tmp and the home. */
const MAX_TEMPORARY_BYTES = 268_435_456;
/** The one folder to write to, and the home. */
export const JAIL_HOME = "/tmp";
/** No source is shown below it, unlike below the home. */
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
 * It has namespaces of its own for all that Linux has them for, sees no process but its own, and writes to memory only.
 */
export function jail(
  { system, nixPrefix, socketFolder }: JailBase,
  sight: Sight,
  who: JailedUser,
  store = STORE_DIRECTORY,
): string[] {
  const { readable, network, scratch } = sight;
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
    // After /tmp: some of them may be below it.
    ...files,
    "--chdir",
    "/",
    "--",
  ];
}

/** Folders that bubblewrap makes on the way to a file are for the user alone that starts it, unless they are made before. */
function openFolder(path: string): string[] {
  return ["--perms", "0755", "--dir", path];
}

/** The folders above a path, from the outermost inwards. */
function parents(path: string): string[] {
  const steps = path.split("/").slice(1, -1);
  return steps.flatMap((_, index) => openFolder(`/${steps.slice(0, index + 1).join("/")}`));
}

const temporary = ["--perms", "1777", "--size", String(MAX_TEMPORARY_BYTES), "--tmpfs", JAIL_HOME];

/** Options of `setpriv` for a program that runs as another user, without privileges or a way to get any. */
export function becomeUser({ uid, gid }: Owner): string[] {
  return [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--inh-caps=-all", "--no-new-privs"];
}
