// A day in Firefox, driven over WebDriver BiDi: Playwright drives only a Firefox of its own making.
// usage: node firefox.mjs FIREFOX ADDRESS FILE, which is sent; ends with 1, and says why, where something fails.
import puppeteer from "puppeteer-core";

const [executablePath, address, file] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));

const by = (role, name) => page.locator(`::-p-aria([name="${name}"][role="${role}"])`);
const row = (name) => page.locator(`::-p-xpath(//tbody[contains(@class, "body")]//tr[.//a[normalize-space()="${name}"]])`);
const gone = (name) =>
  page.waitForFunction((text) => ![...document.querySelectorAll("tbody.body a")].some((a) => a.textContent.trim() === text), {}, name);
const type = async (text) => page.keyboard.type(text);
const press = async (key) => page.keyboard.press(key);

try {
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(`${address}/login`);
  await type("camille.martin@ac-dijon.example");
  await press("Tab");
  await type("encre craie marelle");
  await Promise.all([page.waitForNavigation(), press("Enter")]);

  await page.goto(`${address}/f/`);
  await page.waitForSelector("drive-list[data-ready]");
  await press("n");
  await page.waitForSelector("dialog[open] input");
  await type("Panda roux");
  await press("Enter");
  await row("Panda roux").wait();
  await press("Enter"); // the new folder has the focus
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.trim() === "Panda roux");
  await page.waitForSelector("drive-list[data-ready]");

  await by("link", "Déposer").click();
  const [chooser] = await Promise.all([page.waitForFileChooser(), by("menuitem", "Des fichiers").click()]);
  await chooser.accept([file]);
  await row("plan.txt").wait();
  await page.waitForFunction(() => document.body.innerText.includes("Déposé"));

  await page.focus("tbody.body tr");
  await press("F2");
  await page.waitForSelector("tbody.body input:not([type=checkbox])");
  await page.keyboard.down("Control");
  await press("a");
  await page.keyboard.up("Control");
  await type("projet.txt");
  await press("Enter");
  await row("projet.txt").wait();

  await press("Delete");
  await gone("projet.txt");
  await page.keyboard.down("Control");
  await press("z");
  await page.keyboard.up("Control");
  await row("projet.txt").wait();

  await by("link", "Partager").click();
  await page.waitForSelector("dialog[open] #who:focus");
  await type("benali");
  await page.waitForFunction(() => document.querySelector("dialog[open] .hit")?.textContent.includes("Karim Benali"));
  if (errors.length) throw new Error(errors.join("\n"));
} catch (error) {
  await page.screenshot({ path: `${file}.png` }).catch(() => {});
  console.error(error.message, "\n", await page.evaluate(() => document.body.innerText).catch(() => ""));
  process.exitCode = 1;
} finally {
  await browser.close();
}
