// Makes cartable/pads/markdown/emoji.json, emoji by name, from the data of markdown-it-emoji (MIT), which HedgeDoc uses and which is
// GitHub's. It is committed; to bring it up to date: npm install --no-save markdown-it-emoji && node tools/emoji.mjs
import { writeFileSync } from "node:fs";
import names from "markdown-it-emoji/lib/data/full.mjs";

writeFileSync("cartable/pads/markdown/emoji.json", `${JSON.stringify(names, null, 0).replaceAll('","', '",\n"').replace("{", "{\n").replace(/}$/, "\n}")}\n`);
