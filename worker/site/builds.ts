import { parseJson } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { parseBuildState } from "../../protocol/parse-build-state.ts";
import type { BuildCoordinator } from "../builds/build-coordinator.ts";
import { buildUnknown } from "../builds/build-address.ts";
import { buildText } from "../builds/build-text.ts";
import type { BuildSettings } from "../builds/wait-for-build.ts";
import { type KeySettings, nameOfKey } from "../requests/build-key.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { answerView, type AssetSettings } from "./html.ts";

type BuildsSettings = BuildSettings & KeySettings;

// The key is undefined if the path is not the path of a build.

/** `/builds/<key>` */
export function showBuild(
  context: RequestContext<BuildsSettings & AssetSettings>,
  key: string | undefined,
): Promise<Response> {
  return answerView(context, {
    page: "/build",
    find: () => readState(context, key),
    async describe(text) {
      const state = parseBuildState(parseJson(text));
      if (!state) throw new TypeError("the state of a build cannot be read");
      return buildText(state, Date.now());
    },
  });
}

/** `/api/builds/<key>`: the `BuildState`. */
export async function answerBuildState(
  context: RequestContext<BuildsSettings>,
  key: string | undefined,
): Promise<Response> {
  const text = await readState(context, key);
  return new Response(text, { headers: { "Content-Type": "application/json" } });
}

/** `/api/builds/<key>/events`: a WebSocket that sends each `BuildMessage`, and closes when the build has ended. */
export async function answerBuildEvents(
  context: RequestContext<BuildsSettings>,
  key: string | undefined,
): Promise<Response> {
  const { config, request } = context;
  const build = await findBuild(config, key);
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") return upgradeRequired();
  const { status, body, headers, webSocket } = await build.fetch(request);
  // The headers of the object's response are read-only, and a new response has its own.
  return new Response(body, { status, headers, webSocket });
}

/** The `BuildState` as JSON. Throws `NAME_UNKNOWN`. */
async function readState({ config }: RequestContext<BuildsSettings>, key: string | undefined): Promise<string> {
  const build = await findBuild(config, key);
  const text = await build.readState();
  if (text === null) throw buildUnknown();
  return text;
}

/** The object of a key. It may know no build. For a made-up key, throws `NAME_UNKNOWN` before an object is called. */
async function findBuild(
  config: BuildsSettings,
  key: string | undefined,
): Promise<DurableObjectStub<BuildCoordinator>> {
  const name = key === undefined ? undefined : await nameOfKey(config, key);
  if (name === undefined) throw buildUnknown();
  return config.builds.getByName(name);
}

/** No error code of the registry API has the status 426. */
function upgradeRequired(): Response {
  const error = new OciError("UNSUPPORTED", "the events of a build come over a WebSocket; ask /builds/ for text");
  return Response.json(error.toBody(), { status: 426, headers: { Upgrade: "websocket" } });
}
