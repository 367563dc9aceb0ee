// Gives a page `cleaned(text)`: the HTML that the preview shows of a text.
import { render } from "../../../cartable/pads/islands/markdown";

globalThis.cleaned = (text) => {
  const holder = document.createElement("div");
  holder.append(render(text).fragment);
  return holder.innerHTML;
};
