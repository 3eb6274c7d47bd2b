import type { StoreSettings } from "../stores/store-settings.ts";

/** The binding that says whether images are put together at the edge. */
export interface EdgeBindings {
  readonly EDGE_ASSEMBLY?: string;
}

/** Whether images are put together at the edge. */
export interface EdgeSettings {
  readonly assemblesAtEdge: boolean;
}

/** The settings with which an image is put together. */
export type AssemblySettings = EdgeSettings & Pick<StoreSettings, "r2" | "kv"> & { readonly tagFreshnessMs: number };

/** Adds a wrong setting to `problems`. */
export function parseEdge({ EDGE_ASSEMBLY = "on" }: EdgeBindings, problems: string[]): EdgeSettings {
  if (EDGE_ASSEMBLY !== "on" && EDGE_ASSEMBLY !== "off")
    problems.push(`EDGE_ASSEMBLY is ${JSON.stringify(EDGE_ASSEMBLY)}; it must be on or off`);
  return { assemblesAtEdge: EDGE_ASSEMBLY === "on" };
}
