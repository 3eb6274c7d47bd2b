import { parseDrainTimeout } from "../origin/service/config.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";
import { isInNetwork, parseIpAddress, parseIpNetwork } from "../protocol/ip-network.ts";
import { type AccessVars, parseCommon, type StartConfig } from "./start-config.ts";

/** The settings of `cornice serve`. */
export interface ServeConfig extends StartConfig {
  /** Seconds that builds, and then pulls, have to end after SIGTERM. */
  readonly drainTimeoutS: number;
}

const STATE_DIRECTORY = "/var/lib/cornice";
const LOOPBACK_NETWORKS = ["127.0.0.0/8", "::1"].flatMap((text) => parseIpNetwork(text) ?? []);

/** Throws `ConfigError`. */
export function parseServeConfig(env: Environment): ServeConfig {
  const settings = new Settings(env);
  const common = parseCommon(settings, STATE_DIRECTORY);
  const publicUrl = registryUrl(settings);
  const config = {
    ...common,
    entrance: { address: listenAddress(settings, common.access), trustedProxies: proxies(settings), publicUrl },
    hosts: [URL.parse(publicUrl)?.hostname ?? "", common.hosts].filter((host) => host !== "").join(" "),
    limitsClients: true,
    drainTimeoutS: parseDrainTimeout(settings),
  };
  settings.throwIfAny();
  return config;
}

function registryUrl(settings: Settings): string {
  const name = "CORNICE_REGISTRY_URL";
  const url = settings.url(name, "the address by which people know the registry, such as https://registry.example");
  const parsed = URL.parse(url);
  // Other kinds of URLs have no origin, and they are a problem already.
  if (parsed && parsed.origin !== "null" && parsed.origin !== url) {
    const fault = parsed.username || parsed.password ? "has a user name or a password" : `is ${JSON.stringify(url)}`;
    settings.problems.push(`${name} ${fault}; it must be a scheme and a host, such as ${parsed.origin}`);
  }
  return url;
}

/** Who reaches another address than loopback's is somebody else. That takes users, or the operator's word. */
function listenAddress(settings: Settings, { AUTH: auth = "none" }: AccessVars): string {
  const name = "CORNICE_LISTEN";
  const text = settings.optional(name) ?? "127.0.0.1";
  const address = parseIpAddress(text);
  const isOpen = settings.boolean("CORNICE_OPEN", false);
  if (address === undefined) settings.problems.push(`${name} is ${JSON.stringify(text)}; it must be an IP address`);
  else if (auth === "none" && !isOpen && !LOOPBACK_NETWORKS.some((network) => isInNetwork(address, network)))
    settings.problems.push(
      `${name} is ${text}, and everybody who reaches it could pull and build: ` +
        "set CORNICE_AUTH and CORNICE_USERS, or CORNICE_OPEN=true if you want that",
    );
  return text;
}

function proxies(settings: Settings): readonly string[] {
  const name = "CORNICE_TRUSTED_PROXIES";
  const texts = (settings.optional(name) ?? "").split(/\s+/).filter((text) => text !== "");
  for (const text of texts.filter((each) => parseIpNetwork(each) === undefined))
    settings.problems.push(
      `${name} has ${JSON.stringify(text)}; it must be addresses or networks, separated by spaces`,
    );
  return texts;
}
