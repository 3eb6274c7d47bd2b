import { showPage } from "../page/show-page.tsx";
import { ComposePage } from "./compose-page.tsx";

showPage(<ComposePage />);
