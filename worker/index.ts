import { answerRequest } from "./entrance.ts";
import { type Bindings, parseConfig } from "./settings.ts";
import { revalidatePopular } from "./registry/revalidation.ts";

export { BuildCoordinator } from "./builds/build-coordinator.ts";
export { LostBlob } from "./lost-blobs/lost-blob.ts";
export { PullCounter } from "./pulls/pull-counter.ts";

export default {
  fetch: answerRequest,
  scheduled: (_, env) => revalidatePopular(parseConfig(env)),
} satisfies ExportedHandler<Bindings>;
