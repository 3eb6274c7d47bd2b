import { formatBytes } from "../../protocol/format-bytes.ts";
import { BILL_COLUMNS, type BillColumn, type BillOrder, type ListedRow } from "./bill-table.ts";

interface Props {
  readonly rows: readonly ListedRow[];
  readonly order: BillOrder;
  readonly onOrder: (order: BillOrder) => void;
}

const TITLES: Readonly<Record<BillColumn, string>> = {
  name: "Name",
  version: "Version",
  license: "License",
  layer: "Layer",
  size: "Size",
  purl: "Package URL",
};

/** A table of parts. Its headers sort it. */
export function BillRows({ rows, order, onOrder }: Props) {
  return (
    <div class="scrolled bill-box" tabIndex={0} role="group" aria-label="Parts">
      <table class="bill-table">
        <thead>
          <tr>
            {BILL_COLUMNS.map((column) => (
              <Header key={column} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.path ?? row.purl} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Header({ column, order, onOrder }: Omit<Props, "rows"> & { readonly column: BillColumn }) {
  const isSorted = order.column === column;
  const direction = order.isDescending ? "descending" : "ascending";
  return (
    <th scope="col" class={column === "size" ? "number" : ""} aria-sort={isSorted ? direction : "none"}>
      <button type="button" onClick={() => onOrder({ column, isDescending: isSorted && !order.isDescending })}>
        {TITLES[column]}
        <span aria-hidden="true">{isSorted ? (order.isDescending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

/** Nobody tells it, or there is none: the license of a Debian package is with the store path that has its files. */
const UNKNOWN = "–";

function Row({ row }: { readonly row: ListedRow }) {
  const { name, version, licenses, places, size, purl, path, homepage } = row;
  return (
    <tr>
      <th scope="row" title={path}>
        {homepage === undefined ? (
          name
        ) : (
          <a href={homepage} rel="noreferrer">
            {name}
          </a>
        )}
      </th>
      <td>{version ?? UNKNOWN}</td>
      <td>{licenses.join(", ") || (path === undefined ? UNKNOWN : "unknown")}</td>
      <td>
        <Layers places={places} />
      </td>
      <td class="number">{size === undefined ? UNKNOWN : formatBytes(size)}</td>
      <td class="purl">
        <code>{purl ?? UNKNOWN}</code>
      </td>
    </tr>
  );
}

/** Links to the rows of the table of layers. */
function Layers({ places }: Pick<ListedRow, "places">) {
  if (places.length === 0) return <>{UNKNOWN}</>;
  return (
    <>
      {places.map((place, index) => (
        <span key={place}>
          {index > 0 && ", "}
          <a href={`#layer-${place}`}>{place + 1}</a>
        </span>
      ))}
    </>
  );
}
