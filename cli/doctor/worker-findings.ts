import type { EdgeReport, OriginReport, Sight } from "../../protocol/deployment-check.ts";
import { RELEASE } from "../../protocol/release.ts";
import type { WorkerAnswer } from "./ask-worker.ts";
import { clockFinding } from "./clock.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** What the origin's side expects of the Worker. */
export interface Expected {
  /** What the origin serves, in the words of `PACKAGE_SOURCE`. Undefined if its settings cannot be read. */
  readonly source: string | undefined;
  /** This machine's architecture. */
  readonly architecture: string;
  readonly oursMs: number;
}

/** What an answer of the Worker says of the deployment. */
export function workerFindings(registry: URL, answer: WorkerAnswer, expected: Expected): readonly Finding[] {
  const { status, report, refusal = "", dateMs } = answer;
  if (status === undefined)
    return [
      problem(
        "worker",
        `${registry.origin} does not answer: ${refusal}`,
        "check the address; deploy the Worker, or start the registry of one machine",
      ),
    ];
  const clock = dateMs === undefined ? [] : [clockFinding("the Worker", report?.nowMs ?? dateMs, expected.oursMs)];
  if (!report) return [refusalFinding(registry, answer, refusal), ...clock];
  return [...releaseFindings(report.release), ...reportFindings(report, expected), ...clock];
}

function refusalFinding(registry: URL, { status, release }: WorkerAnswer, refusal: string): Finding {
  if (status === 403 && refusal.includes("signature is wrong"))
    return problem(
      "secret",
      "the Worker has another secret",
      "put CORNICE_ORIGIN_SECRET into the Worker's ORIGIN_SECRET",
    );
  if (status === 403 && refusal.includes("signature is expired"))
    return problem("secret", "the Worker refuses the call as too old", "set the clock; see the line clock");
  if (status === 503 && release === undefined)
    return problem("worker", "a setting of the Worker is wrong", "see the Worker's log, and set ORIGIN_SECRET first");
  const advice = "deploy this release of the Worker, and let nothing in front of it change the path";
  return problem("worker", `${registry.origin} gives no report: ${status} ${refusal.slice(0, 200)}`, advice);
}

function releaseFindings(release: string): readonly Finding[] {
  if (release === RELEASE) return [ok("release", `the Worker and this command are ${RELEASE}`)];
  return [warning("release", `the Worker is ${release}, this command ${RELEASE}`, "deploy both: docs/upgrades.md")];
}

function reportFindings(report: EdgeReport, expected: Expected): readonly Finding[] {
  const { problems, missingLimits, r2, kv, origins } = report;
  return [
    ok("secret", "the Worker has the origin's secret"),
    ...problems.map((text) =>
      problem("worker", `the Worker's settings: ${text}`, "change it in wrangler.own.toml, and deploy"),
    ),
    storeFinding("r2", r2, "the Worker reads another bucket", "give both the same bucket: R2_BUCKET and bucket_name"),
    storeFinding("kv", kv, "the Worker reads another namespace", "give both the same: KV_NAMESPACE_ID and id of KV"),
    sourceFinding(report, expected),
    platformFinding(report, expected),
    limitFinding(missingLimits),
    ...origins.map(originFinding),
  ];
}

function storeFinding(check: string, sight: Sight, different: string, advice: string): Finding {
  if (sight === "same") return ok(check, "the Worker reads what this machine writes");
  if (sight === "failed") return problem(check, "the store does not answer the Worker", "look at Cloudflare's status");
  return problem(check, different, advice);
}

function sourceFinding({ packageSource }: EdgeReport, { source }: Expected): Finding {
  if (source === undefined || source === packageSource) return ok("source", `the Worker serves ${packageSource}`);
  const advice = `set PACKAGE_SOURCE = ${JSON.stringify(source)} in wrangler.own.toml`;
  return problem("source", `the Worker's PACKAGE_SOURCE is ${packageSource}; the origin serves ${source}`, advice);
}

function platformFinding({ platforms }: EdgeReport, { architecture }: Expected): Finding {
  const list = platforms.join(" ");
  if (!platforms.includes(architecture))
    return warning(
      "platforms",
      `PLATFORMS is ${list}; this machine is ${architecture}`,
      "set PLATFORMS to what it builds",
    );
  return ok("platforms", platforms.length > 1 ? `${list}; this machine builds ${architecture} itself` : list);
}

function limitFinding(missing: readonly string[]): Finding {
  if (missing.length === 0) return ok("limits", "one address can only ask so often");
  const advice = "copy the blocks [[ratelimits]] of wrangler.toml into wrangler.own.toml";
  return warning("limits", `the Worker has no ${missing.join(", ")}`, advice);
}

function originFinding({ url, answer, detail, release }: OriginReport): Finding {
  if (answer === "failed")
    return problem(
      "origin",
      `the Worker cannot reach ${url}: ${detail}`,
      "check ORIGIN_URL, the firewall and the tunnel",
    );
  if (answer === "refused" && detail.includes("ORIGIN_SECRET"))
    return problem("origin", `${url} has another secret than the Worker`, "give both the same, and restart the origin");
  if (answer === "refused" && detail.includes("timestamp"))
    return problem("origin", `${url} refuses the Worker's call as too old`, "set the origin's clock");
  if (answer === "refused")
    return problem(
      "origin",
      `${url} does not answer as an origin: ${detail}`,
      "let the proxy in front pass /blobs and /builds on",
    );
  if (release !== undefined && release !== RELEASE)
    return warning("origin", `${url} accepts the Worker, and is ${release}`, "upgrade all origins: docs/upgrades.md");
  return ok("origin", `${url} accepts the Worker`);
}
