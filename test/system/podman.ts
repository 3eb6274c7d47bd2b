import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listAt, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { canHoldOverlays } from "./overlays.ts";
import { type Outcome, output, run } from "./program.ts";
import { asRootlessUser, prepareRootlessUser } from "./rootless-user.ts";

/** podman with a separate storage, independent of the machine's own. */
export interface Podman {
  /** Pulls over plain HTTP, with `user:password` or without. */
  pull(image: string, credentials?: string): Promise<Outcome>;
  /** Pulls the image of one architecture. */
  pullArchitecture(image: string, architecture: string): Promise<Outcome>;
  /** The architecture of a pulled image. */
  architecture(image: string): Promise<string>;
  /** The digests of the image's unpacked layers. */
  layers(image: string): Promise<string[]>;
  /** Runs a command in a new container of a pulled image. Returns what it prints. Throws if it fails. */
  runContainer(image: string, options: readonly string[], command: readonly string[]): Promise<string>;
  /** Builds the Dockerfile of a folder. Throws if this fails. */
  build(context: string, tag: string): Promise<string>;
  remove(): Promise<void>;
}

type CommandLine = (program: string, args: readonly string[]) => [program: string, args: readonly string[]];

/** What Docker uses as well. podman's own choices need systemd, or more than some machines allow. */
const MEANS = ["--runtime", "runc", "--cgroup-manager", "cgroupfs"];
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

/** podman as root. */
export async function createPodman(): Promise<Podman> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-podman-"));
  const podman = await podmanOf(directory, (program, args) => [program, args]);
  return { ...podman, remove: () => removeFolder(directory) };
}

/** podman as an ordinary user, whose containers have users of a namespace of their own. */
export async function createRootlessPodman(): Promise<Podman> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-rootless-"));
  const user = await prepareRootlessUser(directory);
  const podman = await podmanOf(user.home, (program, args) => asRootlessUser(user, program, args));
  return {
    ...podman,
    async remove() {
      await user.stop();
      await removeFolder(directory);
    },
  };
}

async function podmanOf(directory: string, commandLine: CommandLine): Promise<Omit<Podman, "remove">> {
  const driver = (await canHoldOverlays(dirname(directory))) ? "overlay" : "vfs";
  const folders = ["--root", join(directory, "root"), "--runroot", join(directory, "run")];
  const general = [...folders, "--storage-driver", driver, ...MEANS];
  // An empty file of logins, so that logins of this machine's user do not matter.
  const authFile = join(directory, "auth.json");
  await mkdir(directory, { recursive: true });
  await writeFile(authFile, "{}");
  // No limits but those of the command line.
  const settings = join(directory, "containers.conf");
  await writeFile(settings, "[containers]\ndefault_ulimits = []\n");
  const env = { ...process.env, REGISTRY_AUTH_FILE: authFile, CONTAINERS_CONF: settings };
  const podman = (...args: readonly string[]) => run(...commandLine("podman", [...general, ...args]), { env });
  const printed = (...args: readonly string[]) => output(...commandLine("podman", [...general, ...args]), { env });
  return {
    pull(image, credentials) {
      const user = credentials === undefined ? [] : ["--creds", credentials];
      return podman("pull", "--quiet", "--tls-verify=false", ...user, image);
    },
    pullArchitecture: (image, architecture) =>
      podman("pull", "--quiet", "--tls-verify=false", "--arch", architecture, image),
    architecture: async (image) => (await printed("image", "inspect", "--format", "{{.Architecture}}", image)).trim(),
    async layers(image) {
      const inspected = await printed("image", "inspect", image);
      return listAt(JSON.parse(inspected), 0, "RootFS", "Layers").map((layer) => textAt(layer));
    },
    runContainer: (image, options, command) =>
      printed("run", "--rm", "--network", "none", ...LIMITS, ...options, image, ...command),
    build: (context, tag) =>
      printed(
        "build",
        "--isolation",
        "oci",
        "--network",
        "none",
        ...LIMITS,
        "--tls-verify=false",
        "--tag",
        tag,
        context,
      ),
  };
}
