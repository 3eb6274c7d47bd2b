import { showPage } from "../page/show-page.ts";
import { ComposePage } from "./compose-page.tsx";

showPage(<ComposePage />);
