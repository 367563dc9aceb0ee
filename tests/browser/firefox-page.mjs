// A page of Firefox, driven over WebDriver BiDi: Playwright drives only a Firefox of its own making.
import puppeteer from "puppeteer-core";

export const type = (page, text) => page.keyboard.type(text);
export const press = (page, key) => page.keyboard.press(key);

/** Has somebody signed in do something with a page; where that fails, or the page says an error, ends with 1 and says why.
 *  Errors that are `expected` are none. */
export async function withPage({ executablePath, address, mail, shot, expected }, act) {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  const page = await browser.newPage(), errors = [];
  const note = (text) => void (expected?.test(text) || errors.push(text));
  page.on("pageerror", (error) => note(error.message));
  page.on("console", (message) => message.type() === "error" && note(message.text()));
  try {
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`${address}/login`);
    await type(page, mail);
    await press(page, "Tab");
    await type(page, "encre craie marelle");
    await Promise.all([page.waitForNavigation(), press(page, "Enter")]);
    await act(page, browser);
    if (errors.length) throw new Error(errors.join("\n"));
  } catch (error) {
    await page.screenshot({ path: shot }).catch(() => {});
    console.error(error.message, "\n", await page.evaluate(() => document.body.innerText).catch(() => ""));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}
