import type { Architecture } from "../../protocol/image-name.ts";
import { isArchitecture } from "../../protocol/image-request.ts";

/** The User-Agents that name an architecture do so in their first 200 characters. */
const MAX_LENGTH = 512;
/** As in `docker/28.5.2 go/go1.24.8 kernel/6.8.0 os/linux arch/arm64 UpstreamClient(…)`. CRI-O writes the same words. */
const ARCHITECTURE = / arch\/([a-z0-9]+)/;

/**
 * The architecture of the client's machine. Only Docker's classic store and CRI-O tell it. Undefined for other clients,
 * and for architectures that no image has.
 */
export function clientArchitecture(userAgent: string | null): Architecture | undefined {
  const [, architecture] = ARCHITECTURE.exec((userAgent ?? "").slice(0, MAX_LENGTH)) ?? [];
  return isArchitecture(architecture) ? architecture : undefined;
}
