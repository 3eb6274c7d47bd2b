import { type Finding, ok, problem, warning } from "./finding.ts";

const CHECK = "tls";
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether clients reach the registry over TLS, and under the address that the origin knows. */
export function addressFindings(registry: URL, registryUrl: string | undefined): readonly Finding[] {
  return [...tlsFindings(registry), ...nameFindings(registry, registryUrl)];
}

function tlsFindings({ protocol, hostname, origin }: URL): readonly Finding[] {
  if (protocol === "https:") return [ok(CHECK, `${origin} is reached over TLS`)];
  if (LOOPBACK.has(hostname)) return [ok(CHECK, `${origin} is this machine`)];
  const advice = "put a proxy with TLS in front: docs/proxies.md";
  return [problem(CHECK, `${origin} has no TLS: passwords can be read, and engines refuse it`, advice)];
}

function nameFindings({ origin }: URL, registryUrl: string | undefined): readonly Finding[] {
  if (registryUrl === undefined || URL.parse(registryUrl)?.origin === origin) return [];
  const advice = `set CORNICE_REGISTRY_URL=${origin}, if people know the registry under this address`;
  return [warning("address", `signatures and provenance name ${registryUrl}`, advice)];
}
