import type { RegistryInfo } from "../../protocol/web-api.ts";
import type { Host } from "./commands.ts";

/** The registry that this page comes from. */
export function currentHost(registry: RegistryInfo | undefined): Host {
  const { host, protocol } = location;
  return { name: host, isPlain: protocol === "http:", needsLogin: registry?.needsLogin ?? false };
}
