import { expect, test } from "vitest";
import { createBill } from "../../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../../image/bills/cyclonedx.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { largeImage } from "../facts/facts.ts";

const image = largeImage(5000);
const bill = createBill(image);
const paths = image.paths.map(({ path }) => path).toSorted();

test("every one of 5,000 paths is in the SPDX document", () => {
  const names = spdxDocument(bill).packages.flatMap((each) => ("packageFileName" in each ? each.packageFileName : []));
  expect(names).toEqual(paths);
});

test("every one of 5,000 paths is in the CycloneDX document", () => {
  const properties = cyclonedxDocument(bill).components.flatMap((each) =>
    "properties" in each ? each.properties : [],
  );
  expect(properties.flatMap((each) => (each?.name === "cornice:store-path" ? each.value : []))).toEqual(paths);
});

test("every one of 5,000 paths has the layers that hold it", () => {
  const { packages } = spdxDocument(bill);
  expect(packages.filter((each) => "comment" in each && each.comment?.includes(" layer sha256:"))).toHaveLength(5000);
});
