import { isJsonObject, type JsonObject, jsonMembers } from "../protocol/json-object.ts";

/** The id that stands in `wrangler.toml` until the operator gives one. */
const NO_NAMESPACE = /^0*$/;
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/;

/** Each problem of a configuration with which no pull could work. `own` names the file to change. */
export function deploymentProblems(config: JsonObject, own: string): string[] {
  return [...namespaceProblems(config), ...originProblems(config)].map((problem) => `${own}: ${problem}`);
}

function namespaceProblems(config: JsonObject): string[] {
  const namespaces = jsonMembers(config["kv_namespaces"]).filter(isJsonObject);
  const id = namespaces.find(({ binding }) => binding === "KV")?.["id"];
  if (typeof id === "string" && !NO_NAMESPACE.test(id)) return [];
  return ['the KV namespace has no id: set the id that "npm run wrangler -- kv namespace create cornice" printed'];
}

function originProblems({ vars, containers }: JsonObject): string[] {
  const { ORIGIN_URL, ORIGINS } = isJsonObject(vars) ? vars : {};
  const [name, value] =
    typeof ORIGINS === "string" && ORIGINS !== "" ? ["ORIGINS", ORIGINS] : ["ORIGIN_URL", ORIGIN_URL];
  // The host of a container's address is the container's name.
  if (Array.isArray(containers) && containers.length > 0) return [];
  const addresses = typeof value === "string" ? value.split(/[\s,]+/).filter((text) => text !== "") : [];
  if (addresses.length === 0) return [`${name} is not set: it is the address at which Cloudflare reaches the origin`];
  return addresses.flatMap((address) => {
    const url = URL.parse(address);
    if (url === null) return [`${name} has ${JSON.stringify(address)}, which is no address`];
    if (!LOOPBACK.test(url.hostname)) return [];
    return [`${name} is ${address}, which Cloudflare cannot reach: name the address of a tunnel or a proxy`];
  });
}
