import { type Bindings, parseConfig } from "./environment.ts";
import { registry } from "./registry.ts";
import { revalidatePopular } from "./revalidation.ts";

export { BuildCoordinator } from "./builds/build-coordinator.ts";
export { PullCounter } from "./pull-counter.ts";

export default {
  fetch: registry.fetch,
  scheduled: (_, env) => revalidatePopular(parseConfig(env)),
} satisfies ExportedHandler<Bindings>;
