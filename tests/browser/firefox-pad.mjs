// Somebody at a pad in Firefox, beside others. usage: node firefox-pad.mjs FIREFOX ADDRESS PAD SHOT
// Says a word on standard output when something is done, and goes on at each line of standard input.
import { createInterface } from "node:readline";
import { press, type, withPage } from "./firefox-page.mjs";

const [executablePath, address, pad, shot] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function told(word) {
  console.log(word);
  await lines.next();
}

async function write(page, words) {
  await page.focus(".cm-content");
  await page.keyboard.down("Control");
  await press(page, "End");
  await page.keyboard.up("Control");
  await type(page, words);
}

const shows = (page, selector, words) =>
  page.waitForFunction((at, text) => document.querySelector(at)?.textContent.includes(text), {}, selector, words);

await withPage({ executablePath, address, mail: "karim.benali@ac-dijon.example", shot, expected: /\/sync/ }, async (first, browser) => {
  await first.goto(pad);
  await shows(first, "pads-pad[data-ready] .cm-content", "Bonjour");
  await shows(first, "pads-pad .present", "Camille Martin");
  await shows(first, ".cm-content", ", et vous");
  await first.waitForSelector('.pad-caret[data-name="Camille Martin"]');
  await write(first, " Salut");
  await shows(first, "pads-pad .said", "Enregistré");
  await told("typed"); // then the server is killed
  await shows(first, "pads-pad .said", "Hors ligne");
  await write(first, ", du renard");
  await shows(first, "pads-pad .said", "gardé sur cet appareil");
  const second = await browser.newPage();
  await first.close({ runBeforeUnload: false });
  await told("left"); // then it is there again
  await second.goto(pad);
  await shows(second, "pads-pad .said", "Enregistré");
  await shows(second, ".cm-content", ", du renard");
  await shows(second, ".cm-content", ", du chrome");
  console.log(await second.evaluate(() => document.querySelector(".cm-line").textContent));
});
process.exit(); // though standard input is open
