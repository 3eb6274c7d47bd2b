import { type Bill, TOOL } from "./bill.ts";
import {
  debianComponent,
  distributionComponent,
  distributionRef,
  imageComponent,
  pathComponent,
  pathRef,
} from "./cyclonedx-components.ts";
import { derivedUuid } from "./derived-uuid.ts";

/**
 * A CycloneDX 1.6 document about an image: https://cyclonedx.org/docs/1.6/json/. Each store path is a component. The
 * document has no clock, and its serial number follows from the image's digest.
 */
export function cyclonedxDocument(bill: Bill) {
  const { image, paths, debian } = bill;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${derivedUuid(image.digest)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: "application", ...TOOL }] },
      component: imageComponent(image),
    },
    components: [
      ...(image.distribution ? [distributionComponent(image.distribution)] : []),
      ...paths.map(pathComponent),
      ...debian.map(debianComponent),
    ],
    dependencies: dependencies(bill),
  };
}

/** Every component is in the list: one that is missing would have unknown dependencies, by the specification. */
function dependencies({ image, tops, paths, debian }: Bill) {
  return [
    { ref: image.digest, dependsOn: tops.map(pathRef) },
    ...(image.distribution ? [{ ref: distributionRef(image.distribution) }] : []),
    ...paths.map((path) => ({ ref: pathRef(path.path), dependsOn: [...path.references.map(pathRef), ...path.debian] })),
    ...debian.map(({ purl }) => ({ ref: purl })),
  ];
}
