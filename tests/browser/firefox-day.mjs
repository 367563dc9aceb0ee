// A day in Firefox. usage: node firefox-day.mjs FIREFOX ADDRESS FILE, which is sent
import { press, type, withPage } from "./firefox-page.mjs";

const [executablePath, address, file] = process.argv.slice(2);

const by = (page, role, name) => page.locator(`::-p-aria([name="${name}"][role="${role}"])`);
const row = (page, name) => page.locator(`::-p-xpath(//tbody[contains(@class, "body")]//tr[.//a[normalize-space()="${name}"]])`);
const gone = (page, name) =>
  page.waitForFunction((text) => ![...document.querySelectorAll("tbody.body a")].some((a) => a.textContent.trim() === text), {}, name);

await withPage({ executablePath, address, mail: "camille.martin@ac-dijon.example", shot: `${file}.png` }, async (page) => {
  await page.goto(`${address}/f/`);
  await page.waitForSelector("drive-list[data-ready]");
  await press(page, "n");
  await page.waitForSelector("dialog[open] input");
  await type(page, "Panda roux");
  await press(page, "Enter");
  await row(page, "Panda roux").wait();
  await press(page, "Enter"); // the new folder has the focus
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.trim() === "Panda roux");
  await page.waitForSelector("drive-list[data-ready]");

  await by(page, "link", "Déposer").click();
  const [chooser] = await Promise.all([page.waitForFileChooser(), by(page, "menuitem", "Des fichiers").click()]);
  await chooser.accept([file]);
  await row(page, "plan.txt").wait();
  await page.waitForFunction(() => document.body.innerText.includes("Déposé"));

  await page.focus("tbody.body tr");
  await press(page, "F2");
  await page.waitForSelector("tbody.body input:not([type=checkbox])");
  await page.keyboard.down("Control");
  await press(page, "a");
  await page.keyboard.up("Control");
  await type(page, "projet.txt");
  await press(page, "Enter");
  await row(page, "projet.txt").wait();

  await press(page, "Delete");
  await gone(page, "projet.txt");
  await page.keyboard.down("Control");
  await press(page, "z");
  await page.keyboard.up("Control");
  await row(page, "projet.txt").wait();

  await by(page, "link", "Partager").click();
  await page.waitForSelector("dialog[open] #who:focus");
  await type(page, "benali");
  await page.waitForFunction(() => document.querySelector("dialog[open] .hit")?.textContent.includes("Karim Benali"));
});
