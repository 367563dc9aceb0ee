// Makes cartable/web/static/web/icons.svg, the one sprite of the interface, from Tabler Icons (MIT).
// The sprite is committed, so that nobody downloads 6,000 icons to build. To add one, name it below, then:
//   npm install --no-save @tabler/icons && node tools/icons.mjs
import { readFileSync, writeFileSync } from "node:fs";

const from = process.argv[2] ?? "node_modules/@tabler/icons";
const OUTLINE = {
  home: "home", users: "users", user: "user", clock: "clock", star: "star", trash: "trash", search: "search", plus: "plus",
  upload: "upload", download: "download", share: "user-plus", link: "link", more: "dots", close: "x", check: "check",
  rename: "pencil", move: "folder-symlink", copy: "copy", cut: "cut", paste: "clipboard", history: "history", undo: "arrow-back-up",
  "new-folder": "folder-plus", right: "chevron-right", down: "chevron-down", left: "chevron-left", up: "arrow-up", lock: "lock", key: "key",
  device: "device-desktop", phone: "device-mobile", school: "school", logout: "logout", eye: "eye", info: "info-circle",
  warning: "alert-triangle", calendar: "calendar", mail: "mail", language: "language", pause: "player-pause", retry: "refresh",
  inbox: "inbox", world: "world", why: "help-circle", filter: "filter", documents: "folder", settings: "settings", restore: "restore", columns: "layout-columns",
  bold: "bold", italic: "italic", strike: "strikethrough", heading: "heading", quote: "blockquote", "inline-code": "code",
  list: "list", numbered: "list-numbers", tasks: "list-check", table: "table", rule: "separator-horizontal", frame: "layout-board",
};
const FILLED = { folder: "folder", "star-on": "star" };
const KINDS = {
  file: "file", image: "photo", video: "movie", audio: "music", text: "file-text",
  pdf: "file-type-pdf", sheet: "file-spreadsheet", slides: "presentation", archive: "file-zip", pad: "markdown", code: "file-code",
};

const inside = (svg) => svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[\s\S]*?>/, "").replace("</svg>", "")
  .replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
const symbol = (id, kind, name) => {
  const attributes = kind === "filled" ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${id}" viewBox="0 0 24 24" ${attributes}>${inside(readFileSync(`${from}/icons/${kind}/${name}.svg`, "utf8"))}</symbol>`;
};
const symbols = [
  ...Object.entries({ ...OUTLINE, ...KINDS }).map(([id, name]) => symbol(id, "outline", name)),
  ...Object.entries(FILLED).map(([id, name]) => symbol(id, "filled", name)),
];
const licence = "Tabler Icons, https://tabler.io/icons, MIT License, Copyright (c) 2020-2026 Paweł Kuna";
writeFileSync("cartable/web/static/web/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${licence} -->\n${symbols.sort().join("\n")}\n</svg>\n`);
