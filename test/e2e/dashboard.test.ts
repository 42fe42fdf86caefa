import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { Desk } from "../support/product.ts";
import { testConfig, until } from "../unit/services/monitor/peers.ts";
import { type MovingDesk, startMovingDesk } from "./moving-desk.ts";

const TOKEN = "a-token-of-the-configuration";
const BROWSERS = [
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
	"/usr/bin/google-chrome-stable",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const executablePath = BROWSERS.find((path) => existsSync(path));
if (!executablePath) {
	process.stderr.write("left out: the dashboard in a browser (install Chromium, for example: apt install chromium)\n");
}

(executablePath ? describe : describe.skip)("the dashboard in a browser", () => {
	let browser: Browser;
	let desk: MovingDesk | null = null;
	const problems: string[] = [];

	beforeAll(async () => {
		browser = await chromium.launch({
			executablePath: executablePath as string,
			args: [
				"--no-sandbox",
				"--disable-gpu",
				"--disable-quic",
				"--no-first-run",
				"--disable-background-networking",
				"--disable-component-update",
				"--disable-sync",
			],
		});
	});
	afterAll(async () => {
		await browser.close();
	});
	afterEach(async () => {
		await desk?.stop();
		desk = null;
		problems.length = 0;
	});

	async function startDesk(trades: boolean, port = 0): Promise<string> {
		const config = testConfig((base) => ({ ...base, security: { ...base.security, api_token: TOKEN } }));
		desk = await startMovingDesk({ ...config, networking: { ...config.networking, http_port: port } }, trades);
		return desk.url;
	}

	async function open(trades: boolean): Promise<Page> {
		const url = await startDesk(trades);
		const page = await browser.newPage();
		page.on("pageerror", ({ message }) => problems.push(message));
		page.on("console", (message) => {
			// A refused command is the browser's to report and the page's to show.
			if (message.type() === "error" && !message.text().includes("401")) problems.push(message.text());
		});
		await page.goto(url);
		return page;
	}

	const textOf = async (page: Page, id: string): Promise<string> => (await page.getByTestId(id).textContent()) ?? "";
	const numberOf = async (page: Page, id: string): Promise<number> =>
		Number((await textOf(page, id)).replace(/[^\d.-]/g, ""));

	/** Waits until a shown text is another than it was. */
	async function moves(page: Page, id: string): Promise<void> {
		const before = await textOf(page, id);
		await until(async () => (await textOf(page, id)) !== before);
	}

	test("shows numbers that move: updates, slot, prices, equity, landings, books", async () => {
		const page = await open(true);
		await page.getByTestId("intent").first().waitFor();
		await page.locator('[data-outcome="landed"]').first().waitFor();
		for (const id of ["updates", "slot", "pools", "equity", "kpi-landed", "uptime"]) await moves(page, id);
		expect(await numberOf(page, "updates")).toBeGreaterThan(0);
		expect(await textOf(page, "trading-state")).toBe("active");
		expect(await textOf(page, "connection")).toBe("live");
		expect(await textOf(page, "difference-USDC")).toBe("0");
		expect(await textOf(page, "kpi-balance")).toContain("exact");
		expect(await textOf(page, "equity")).toMatch(/^[+−]\d+\.\d{6} USDC$/);
		expect(await textOf(page, "stage-receivedToSigned")).toMatch(/\d+ µs · \d+ µs/);
		expect(await textOf(page, "pools")).toContain("spread");
		await page.locator("#equity-chart canvas").waitFor();
		expect(await textOf(page, "actors")).toBe("feedstrategyriskexecutormonitor");
		expect(problems).toEqual([]);
		await page.close();
	});

	test("shows the whole life of an intent by keyboard", async () => {
		const page = await open(true);
		await page.locator('[data-outcome="landed"]').first().waitFor();
		await page.getByRole("button", { name: "landed", exact: true }).click();
		await page.getByTestId("intent").last().focus();
		await page.keyboard.press("Enter");
		const trace = page.getByTestId("trace");
		await trace.waitFor();
		const text = (await trace.textContent()) ?? "";
		for (const part of ["1,500.000000 USDC", "raydium-cpmm", "landed in 4475521", "signed", "Changes of balance"]) {
			expect(text).toContain(part);
		}
		await page.keyboard.press("Escape");
		expect(await trace.isVisible()).toBe(false);
		expect(problems).toEqual([]);
		await page.close();
	});

	test("stands with no trade at all", async () => {
		const page = await open(false);
		await moves(page, "updates");
		expect(await page.locator("#intents-empty").isVisible()).toBe(true);
		expect(await textOf(page, "equity")).toBe("0.000000 USDC");
		expect(await textOf(page, "kpi-latency")).toContain("not measured yet");
		expect(problems).toEqual([]);
		await page.close();
	});

	test("halts and resumes, and asks for the token once", async () => {
		const page = await open(true);
		await page.getByTestId("connection").getByText("live").waitFor();
		await page.getByTestId("halt").click();
		await page.getByLabel("Reason").fill("lunch");
		await page.getByLabel("API token").fill("wrong");
		await page.getByTestId("control-submit").click();
		await page.getByText("This is not the API token.").waitFor();
		await page.getByLabel("API token").fill(TOKEN);
		await page.getByTestId("control-submit").click();
		await page.getByTestId("trading-state").getByText("halted").waitFor();
		await page.getByText("Trading is halted.").waitFor();
		expect(await textOf(page, "halt")).toBe("Resume");
		await page.getByTestId("halt").click();
		expect(await page.getByLabel("API token").isVisible()).toBe(false);
		await page.getByLabel("Reason").fill("back");
		await page.keyboard.press("Enter");
		await page.getByTestId("trading-state").getByText("active").waitFor();
		expect(problems).toEqual([]);
		await page.close();
	});

	test("shows orders to who has the token, and says what a fork can still take back", async () => {
		const page = await open(false);
		await page.getByTestId("connection").getByText("live").waitFor();
		expect(await page.getByTestId("order").count()).toBe(0);
		await page.getByTestId("orders-token").fill("wrong");
		await page.getByTestId("orders-show").click();
		await page.getByTestId("orders-hint").getByText("This is not the API token.").waitFor();
		await page.getByTestId("orders-token").fill(TOKEN);
		await page.keyboard.press("Enter");
		await page.getByTestId("order").first().waitFor();
		const [filled, resting] = await page.getByTestId("order").allTextContents();
		for (const part of ["sell SOL/USDC", "1.5000 SOL of 1.5000 SOL", "filled not final"])
			expect(filled).toContain(part);
		for (const part of ["limit 150.25", "resting taken back: 1"]) expect(resting).toContain(part);
		expect(await page.getByTestId("orders-token").isVisible()).toBe(false);
		expect(await textOf(page, "orders-hint")).toBe("");
		expect(problems).toEqual([]);
		await page.close();
	});

	test("says when the line is cut, and comes back by itself", async () => {
		const page = await open(true);
		await page.getByTestId("connection").getByText("live").waitFor();
		await desk?.stop();
		await page.getByTestId("connection").getByText("reconnecting").waitFor();
		await startDesk(true, Number(new URL(page.url()).port));
		await page.getByTestId("connection").getByText("live").waitFor();
		await moves(page, "updates");
		await page.close();
	});

	test("on the whole machine: trades land before one's eyes, and the halt button ends them", async () => {
		const whole = await Desk.open();
		try {
			whole.start();
			await whole.statusWhen("a landed trade", ({ executor }) => executor.landed > 0);
			const page = await browser.newPage();
			page.on("pageerror", ({ message }) => problems.push(message));
			await page.goto(`http://127.0.0.1:${whole.ports.http}/`);
			await page.locator('[data-outcome="landed"]').first().waitFor();
			for (const id of ["kpi-landed", "equity", "updates", "slot"]) await moves(page, id);
			expect(await textOf(page, "difference-USDC")).toBe("0");
			await page.getByTestId("halt").click();
			await page.getByLabel("Reason").fill("seen enough");
			await page.getByLabel("API token").fill(whole.token);
			await page.getByTestId("control-submit").click();
			await page.getByTestId("trading-state").getByText("halted").waitFor();
			const halted = await whole.statusWhen("the halt", ({ tradingState }) => tradingState === "halted");
			const later = await whole.statusWhen("five more slots", ({ slot }) => slot > halted.slot + 5);
			expect(later.executor.submitted).toBe(halted.executor.submitted);
			expect(problems).toEqual([]);
			await page.close();
		} finally {
			await whole.close();
		}
	}, 120_000);
});
