import { env } from "cloudflare:workers";

/** The real stores, with counts of their operations. */
export interface CountedStores {
  readonly KV: KVNamespace;
  readonly R2: R2Bucket;
  /** The counts since the last call, by store and operation. Operations without a call are left out. */
  take(): Readonly<Record<string, number>>;
}

export function countStores(): CountedStores {
  let counts: Record<string, number> = {};
  const counted = <T extends object>(store: string, target: T): T =>
    new Proxy(target, {
      get(_, property) {
        const operation: unknown = Reflect.get(target, property);
        if (typeof operation !== "function") return operation;
        const name = `${store}.${String(property)}`;
        return (...args: unknown[]): unknown => {
          counts[name] = (counts[name] ?? 0) + 1;
          return Reflect.apply(operation, target, args);
        };
      },
    });
  return {
    KV: counted("kv", env.KV),
    R2: counted("r2", env.R2),
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}
