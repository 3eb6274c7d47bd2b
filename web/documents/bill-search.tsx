import { useId, useMemo, useState } from "preact/hooks";
import { count } from "../page/format.ts";
import { BillRows } from "./bill-rows.tsx";
import { type BillOrder, countLicenses, findRows, type ListedRow, sortRows } from "./bill-table.ts";
import { LicenseList } from "./license-list.tsx";

interface Props {
  readonly rows: readonly ListedRow[];
}

/** Rows that are drawn at first, and with each further request. A browser draws so many at once. */
const ROWS_A_STEP = 100;
const BY_NAME: BillOrder = { column: "name", isDescending: false };

/** The licenses of an image, and the table of its parts, which people search by words and by license. */
export function BillSearch({ rows }: Props) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [license, setLicense] = useState<string>();
  const [order, setOrder] = useState(BY_NAME);
  const [limit, setLimit] = useState(ROWS_A_STEP);
  const licenses = useMemo(() => countLicenses(rows), [rows]);
  const sorted = useMemo(() => sortRows(rows, order), [rows, order]);
  const found = useMemo(() => findRows(sorted, query, license), [sorted, query, license]);
  return (
    <>
      <h3>Licenses</h3>
      <LicenseList {...licenses} selected={license} onSelect={setLicense} />
      <h3>Parts</h3>
      <div class="bill-search">
        <label for={id}>Search names, versions, licenses and package URLs</label>
        <input
          id={id}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={query}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
        <p role="status">{foundWords(found.length, rows.length)}</p>
      </div>
      <BillRows rows={found.slice(0, limit)} order={order} onOrder={setOrder} />
      {found.length > limit && (
        <button type="button" class="button small" onClick={() => setLimit(limit + ROWS_A_STEP)}>
          Show {Math.min(ROWS_A_STEP, found.length - limit)} more
        </button>
      )}
    </>
  );
}

function foundWords(found: number, all: number): string {
  return found === all ? count(all, "part") : `${found} of ${count(all, "part")}`;
}
