import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { validate as deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as statefulSet } from "kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet";
import { validate as cronJob } from "kubernetes-models/_schemas/IoK8sApiBatchV1CronJob";
import { validate as configMap } from "kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap";
import { validate as secret } from "kubernetes-models/_schemas/IoK8sApiCoreV1Secret";
import { validate as service } from "kubernetes-models/_schemas/IoK8sApiCoreV1Service";
import { validate as networkPolicy } from "kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy";
import { validate as disruptionBudget } from "kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { isJsonObject, type JsonObject } from "../../../protocol/json-object.ts";
import { KNOWN_SETTINGS } from "../../../origin/system/known-settings.ts";
import { listAt, memberAt, textAt } from "../../json.ts";
import { NIX_CAPABILITIES } from "../nix-privileges.ts";
import { complaintsAbout } from "./complaints.ts";

const FOLDER = join(import.meta.dirname, "../../../deploy/kubernetes");
const SCHEMAS: Readonly<Record<string, (object: unknown) => boolean>> = {
  "apps/v1 Deployment": deployment,
  "apps/v1 StatefulSet": statefulSet,
  "batch/v1 CronJob": cronJob,
  "v1 ConfigMap": configMap,
  "v1 Secret": secret,
  "v1 Service": service,
  "networking.k8s.io/v1 NetworkPolicy": networkPolicy,
  "policy/v1 PodDisruptionBudget": disruptionBudget,
};

/** The objects of a file. */
function read(file: string): JsonObject[] {
  const documents = parseAllDocuments(readFileSync(join(FOLDER, file), "utf8"));
  return documents.flatMap((document) => {
    const object: unknown = document.toJS();
    return isJsonObject(object) ? [object] : [];
  });
}

const objects = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yaml"))
  .flatMap(read);
const titled = objects.map(
  (object) => [`${textAt(object, "kind")} ${textAt(object, "metadata", "name")}`, object] as const,
);

/** The objects that make pods, with the pods' templates. */
const templates = objects.flatMap((object): [name: string, template: JsonObject][] => {
  const path = object["kind"] === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
  const template =
    isJsonObject(object["spec"]) && memberAt(object["spec"], path[1] ?? "") ? memberAt(object, ...path) : undefined;
  return isJsonObject(template) ? [[textAt(object, "metadata", "name"), template]] : [];
});

describe("the manifests for Kubernetes", () => {
  it.each(titled)("%s fits the published schema", (_, object) => {
    const schema = SCHEMAS[`${textAt(object, "apiVersion")} ${textAt(object, "kind")}`];
    expect(schema && complaintsAbout(object, schema)).toEqual([]);
  });

  it("have no setting that Cornice does not know", () => {
    const data = objects.flatMap((object) =>
      ["data", "stringData"].flatMap((field) => Object.keys(object[field] ?? {})),
    );
    const own = data.filter((name) => name.startsWith("CORNICE_")).map((name) => name.slice("CORNICE_".length));
    expect(own).not.toEqual([]);
    expect(own.filter((name) => !KNOWN_SETTINGS.includes(name))).toEqual([]);
  });

  it.each(templates)("%s mounts its volumes alone, and has limits", (name, template) => {
    const claims = objects.find(
      (object) => memberAt(object, "metadata", "name") === name && object["kind"] === "StatefulSet",
    );
    const volumes = [
      ...listAt(template, "spec", "volumes"),
      ...(claims ? listAt(claims, "spec", "volumeClaimTemplates") : []),
    ];
    const names = volumes.map((volume) => memberAt(volume, "name") ?? memberAt(volume, "metadata", "name"));
    for (const container of listAt(template, "spec", "containers")) {
      const mounts = listAt(container, "volumeMounts").map((mount) => memberAt(mount, "name"));
      expect(names).toEqual(expect.arrayContaining(mounts));
      expect(memberAt(container, "resources", "limits", "memory")).toBeDefined();
      expect(memberAt(container, "securityContext", "readOnlyRootFilesystem")).toBe(true);
    }
  });

  it("give an origin with Nix what it needs, and the other pods nothing", () => {
    const added = templates.map(([name, template]) => [
      name,
      memberAt(listAt(template, "spec", "containers")[0], "securityContext", "capabilities", "add"),
    ]);
    expect(Object.fromEntries(added)).toEqual({ "cornice-origin": NIX_CAPABILITIES });
  });

  it("select pods that are there", () => {
    const labels = templates.map(([, template]) => memberAt(template, "metadata", "labels"));
    const selectors = objects.flatMap((object) => {
      const { selector, podSelector } = isJsonObject(object["spec"]) ? object["spec"] : {};
      return [selector ?? podSelector].filter(isJsonObject).map((each) => each["matchLabels"] ?? each);
    });
    expect(selectors).not.toEqual([]);
    for (const selector of selectors) expect(labels).toContainEqual(expect.objectContaining(selector));
  });
});

describe("a complaint", () => {
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports: [{ port: 1 }] } };

  it("is about a misspelt field, and about a wrong value", () => {
    expect(complaintsAbout({ ...object, spec: { ports: [{ port: 1, targtPort: 2 }] } }, service)).toEqual([
      "/spec/ports/0/targtPort is no field",
    ]);
    expect(complaintsAbout({ ...object, spec: { ports: [{ port: "http" }] } }, service)).toEqual([
      expect.stringContaining("/spec/ports/0/port"),
    ]);
    expect(complaintsAbout(object, service)).toEqual([]);
  });
});
