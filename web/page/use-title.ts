import { useEffect } from "preact/hooks";

/** Says in the browser's tab and history what the page shows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Cornice`;
  }, [title]);
}
