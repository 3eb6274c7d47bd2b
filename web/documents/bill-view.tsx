import { useMemo } from "preact/hooks";
import type { Digest } from "../../protocol/digest.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { useAnswer } from "../page/use-answer.ts";
import { askBill } from "./ask-document.ts";
import type { BillRow } from "./bill.ts";
import { listRows } from "./bill-table.ts";
import { BillSearch } from "./bill-search.tsx";

interface Props {
  /** The digest of the OCI manifest. */
  readonly image: Digest;
  readonly manifest: Manifest;
}

/** What is in an image, by its bill of materials. */
export function BillView({ image, manifest }: Props) {
  const bill = useAnswer((signal) => askBill(image, signal), [image]);
  if (bill.state === "waiting") return <p role="status">Asking for the bill of materials …</p>;
  if (bill.state === "failed") return <p role="alert">{bill.message}</p>;
  return <Bill rows={bill.value} manifest={manifest} />;
}

function Bill({ rows, manifest }: { readonly rows: readonly BillRow[]; readonly manifest: Manifest }) {
  const listed = useMemo(
    () =>
      listRows(
        rows,
        manifest.layers.map(({ digest }) => digest),
      ),
    [rows, manifest],
  );
  return listed.length === 0 ? <p>The bill of materials is empty.</p> : <BillSearch rows={listed} />;
}
