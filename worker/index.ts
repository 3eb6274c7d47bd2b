import { answerRequest } from "./entrance.ts";
import { type Bindings, parseConfig } from "./environment.ts";
import { revalidatePopular } from "./revalidation.ts";

export { BuildCoordinator } from "./builds/build-coordinator.ts";
export { LostBlob } from "./lost-blobs/lost-blob.ts";
export { PullCounter } from "./pull-counter.ts";

export default {
  fetch: answerRequest,
  scheduled: (_, env) => revalidatePopular(parseConfig(env)),
} satisfies ExportedHandler<Bindings>;
