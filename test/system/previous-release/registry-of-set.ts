import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../../start/machine/ports.ts";
import { type LocalDeployment, startDeployment } from "../local-deployment.ts";
import { type OriginProcess, startOrigin } from "../origin-process.ts";
import { removeFolder } from "../../remove-folder.ts";

/** A deployment that serves `packages.nix`, with an origin that a test starts. */
export interface RegistryOfSet extends LocalDeployment {
  /** Starts the origin, with an empty disk. */
  origin(name: string): Promise<OriginProcess>;
  /** The settings of the origin. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Files below `directory` hold its state. */
export async function startRegistryOfSet(directory: string): Promise<RegistryOfSet> {
  const port = String(await freePort());
  const deployment = await startDeployment(join(directory, "state"), {
    ORIGIN_URL: `http://127.0.0.1:${port}`,
    PLATFORMS: "amd64",
    DEFAULT_ARCHITECTURE: "amd64",
    REVALIDATE_TOP: "0",
  });
  const settings = {
    ...deployment.env,
    CORNICE_PKGS_PATH: join(import.meta.dirname, "packages.nix"),
    CORNICE_SOURCE_NAME: "test",
    CORNICE_SOURCE_REVISION: "r1",
    // The set's builders use this machine's shell.
    CORNICE_NIX_SANDBOX: "false",
    CORNICE_NIX_SUBSTITUTERS: "",
    CORNICE_ORIGIN_PORT: port,
  };
  return {
    ...deployment,
    settings,
    async origin(name) {
      const own = join(directory, name);
      await removeFolder(own);
      await mkdir(own);
      const folders = { CORNICE_SPOOL_DIR: join(own, "spool"), CORNICE_SOURCES_DIR: join(own, "sources") };
      return startOrigin({ ...settings, ...folders });
    },
  };
}
