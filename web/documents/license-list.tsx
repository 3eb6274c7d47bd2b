import { count, formatNumber } from "../page/format.ts";
import type { LicenseCount } from "./bill-table.ts";

interface Props {
  readonly known: readonly LicenseCount[];
  /** Store paths without a known license. */
  readonly unknown: number;
  /** The license that the table shows. "" stands for none that is known. */
  readonly selected: string | undefined;
  readonly onSelect: (license: string | undefined) => void;
}

/** The licenses of an image's store paths, with numbers. A press shows the parts with this license alone. */
export function LicenseList({ known, unknown, selected, onSelect }: Props) {
  const items = [...known, ...(unknown > 0 ? [{ license: "", count: unknown }] : [])];
  return (
    <>
      <ul class="licenses" aria-label="Licenses">
        {items.map(({ license, count: paths }) => (
          <li key={license}>
            <button
              type="button"
              class="license"
              aria-pressed={selected === license}
              onClick={() => onSelect(selected === license ? undefined : license)}
            >
              {license === "" ? "unknown" : license} <b>{formatNumber(paths)}</b>
            </button>
          </li>
        ))}
      </ul>
      {unknown > 0 && (
        <p class="note">
          Nobody has told the license of {count(unknown, "store path")}. A package set tells those of the packages that
          somebody asked for.
        </p>
      )}
    </>
  );
}
