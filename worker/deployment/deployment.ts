import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DEPLOYMENT_CHECK_PATH, parseProbe } from "../../protocol/deployment-check.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { HEALTH_PATH, healthText } from "../../protocol/release.ts";
import { checkSignature, MIN_SECRET_LENGTH, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { misconfigurations } from "../answers/misconfigured.ts";
import type { ImageSettings } from "../requests/image-settings.ts";
import { limitPulls, limitSettings, type WithLimits } from "../requests/limits.ts";
import type { RequestEnvironment } from "../requests/request-log.ts";
import { type DeploymentBindings, reportDeployment } from "./report.ts";

const MAX_PROBE_BYTES = 1024;
const MS_PER_S = 1000;

type ParseSettings<Bindings> = (env: Bindings) => ImageSettings & WithLimits;

/** The routes for operators. */
export function createDeployment<Bindings extends DeploymentBindings>(
  parseSettings: ParseSettings<Bindings>,
): Hono<RequestEnvironment<Bindings>> {
  const deployment = new Hono<RequestEnvironment<Bindings>>();
  deployment.get(HEALTH_PATH, async (c) => {
    await limitPulls(parseSettings(c.env), c.req.raw);
    return c.text(healthText());
  });
  const tooLarge = () => {
    throw new OciError("SIZE_INVALID", `a check has at most ${MAX_PROBE_BYTES} bytes`);
  };
  deployment.use(DEPLOYMENT_CHECK_PATH, bodyLimit({ maxSize: MAX_PROBE_BYTES, onError: tooLarge }));
  deployment.post(DEPLOYMENT_CHECK_PATH, async (c) => {
    await limitPulls(limitSettings(c.env), c.req.raw);
    const body = await c.req.text();
    const problems = problemsOf(c.env, parseSettings);
    const refusal = await refusalOf(c.env, c.req.raw, body);
    // Who has no secret learns no more than from any other route.
    if (refusal && problems.length > 0) parseSettings(c.env);
    if (refusal) throw refusal;
    const probe = parseProbe(parseJsonObject(body));
    if (!probe) throw new OciError("NAME_INVALID", "the body is not the value of a check");
    return c.json(await reportDeployment(c.env, probe, problems));
  });
  return deployment;
}

function problemsOf<Bindings>(env: Bindings, parseSettings: ParseSettings<Bindings>): readonly string[] {
  try {
    parseSettings(env);
    return [];
  } catch (error) {
    const problems = misconfigurations(error);
    if (problems.length === 0) throw error;
    return problems;
  }
}

/** `DENIED`, if the call is not signed with this Worker's secret. */
async function refusalOf(
  { ORIGIN_SECRET = "" }: DeploymentBindings,
  request: Request,
  body: string,
): Promise<OciError | undefined> {
  const { method, headers, url } = request;
  const call = { method, path: new URL(url).pathname, timestamp: headers.get(TIMESTAMP_HEADER) ?? "", body };
  const secrets = ORIGIN_SECRET.length < MIN_SECRET_LENGTH ? [] : [ORIGIN_SECRET];
  const signature = headers.get(SIGNATURE_HEADER) ?? "";
  const problem = await checkSignature(secrets, call, signature, Date.now() / MS_PER_S);
  return problem && new OciError("DENIED", `the call's signature is ${problem}`);
}
