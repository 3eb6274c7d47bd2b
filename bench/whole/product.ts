import { cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../start/machine/ports.ts";
import { type Registry, startRegistry } from "../../test/system/registry.ts";
import { isSlowed, type WholeOptions } from "./options.ts";
import { startProxies, type Proxies } from "./proxies.ts";
import type { Traffic } from "./traffic.ts";
import { readUsage, type Usage, usageAtRest } from "./usage.ts";

/** The product with empty stores. */
export interface Product extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  log(): string;
  usage(): Promise<Usage>;
  /** The usage when nothing is left to do. */
  usageAtRest(): Promise<Usage>;
  /** Undefined if no proxies stand between the processes. */
  traffic(): Traffic | undefined;
}

export interface ProductOptions extends Pick<WholeOptions, "latency" | "mbit"> {
  /** The folder of all state folders. */
  readonly directory: string;
  /** The folder of the starter set. It saves each start the time to read Debian's lists. */
  readonly starter: string;
}

/** Starts the product as `npm start` does. Proxies stand between its processes if they must count or slow requests. */
export async function startProduct(options: ProductOptions, { counts } = { counts: false }): Promise<Product> {
  const stateDirectory = await mkdtemp(join(options.directory, "product-"));
  await cp(options.starter, join(stateDirectory, "starter"), { recursive: true });
  const originPort = await freePort();
  const ports = [await freePort(), originPort] as const;
  const storesPort = await freePort();
  const proxies = counts || isSlowed(options) ? await startProxies({ ...options, originPort, storesPort }) : undefined;
  const env = { CORNICE_STORES_PORT: String(storesPort), CORNICE_MAX_PACKAGES: "255" };
  const command = proxies && routedCommand(proxies);
  const registry = await startRegistry({ stateDirectory, env, ports, ...(command && { command }) });
  return productOf(registry, proxies, stateDirectory);
}

function routedCommand({ originPort, storesPort }: Proxies): readonly [string, ...string[]] {
  const script = join(import.meta.dirname, "routed-start.ts");
  return [process.execPath, script, String(originPort), String(storesPort)];
}

function productOf(registry: Registry, proxies: Proxies | undefined, stateDirectory: string): Product {
  const root = registry.process.pid ?? 0;
  return {
    host: registry.host,
    log: () => registry.log(),
    usage: () => readUsage(root),
    usageAtRest: () => usageAtRest(root),
    traffic: () => proxies?.traffic(),
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await proxies?.stop();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}
