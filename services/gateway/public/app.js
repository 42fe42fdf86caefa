import { Control } from "./control.js";
import { byId, setText } from "./dom.js";
import { EquityChart } from "./equity-chart.js";
import { short } from "./format.js";
import { IntentTable, traceView } from "./intents.js";
import { OrderTable } from "./orders.js";
import { showActors, showBooks, showPools, showPositions, showStatus } from "./panels.js";

const POOLS_INTERVAL_MS = 1_000;
const POSITIONS_INTERVAL_MS = 2_000;
const ORDERS_INTERVAL_MS = 2_000;
const HEALTH_INTERVAL_MS = 5_000;
/** The stream may lose an event; nothing stays wrong for longer than this. */
const INTENTS_INTERVAL_MS = 10_000;

/** Names and decimals of mints, learnt from books and pools. */
class Denominations {
	#mints = new Map();

	mint(address) {
		return this.#mints.get(address) ?? { symbol: short(address), decimals: 0 };
	}

	/** True when something new was learnt. */
	learn(entries) {
		const before = this.#mints.size;
		for (const { mint, symbol, decimals } of entries) this.#mints.set(mint, { symbol, decimals });
		return this.#mints.size > before;
	}
}

const denominations = new Denominations();
const control = new Control();
const chart = new EquityChart(byId("equity-chart"));
const table = new IntentTable(denominations, openTrace);
const orders = new OrderTable(denominations);
let decimalsOfEquity = null;

async function read(path) {
	const response = await fetch(`api/${path}`);
	if (!response.ok && response.status !== 503) throw new Error(`${path}: ${response.status}`);
	const body = await response.json();
	if (body.error) throw new Error(body.error.message);
	return body;
}

function onStatus(status) {
	showStatus(status);
	control.stateIs(status.tradingState);
	if (denominations.learn(status.books)) table.redraw();
	const { equity, silent } = status;
	if (equity) {
		if (decimalsOfEquity === null) {
			decimalsOfEquity = equity.decimals;
			void loadEquity();
		}
		chart.add(equity);
	}
	const quiet = silent.length > 0 ? `No answer from ${silent.join(", ")}: the numbers are the last known.` : "";
	showBanner(status.tradingState === "halted" && !silent.includes("risk") ? "Trading is halted." : "", quiet);
}

function showBanner(...sentences) {
	const text = sentences.filter(Boolean).join(" ");
	setText("banner", text);
	byId("banner").hidden = text === "";
}

async function loadEquity() {
	if (decimalsOfEquity !== null) chart.load(await read("equity"), decimalsOfEquity);
}

async function loadPools() {
	const pools = await read("pools");
	const sides = pools.flatMap((pool) => [
		{ mint: pool.mintA, symbol: pool.symbolA, decimals: pool.decimalsA },
		{ mint: pool.mintB, symbol: pool.symbolB, decimals: pool.decimalsB },
	]);
	if (denominations.learn(sides)) table.redraw();
	showPools(pools);
}

async function openTrace(intentId) {
	const dialog = byId("trace");
	try {
		const trace = await read(`intents/${intentId}`);
		byId("trace-body").replaceChildren(...traceView(trace, denominations));
	} catch (error) {
		byId("trace-body").replaceChildren(error.message);
	}
	dialog.showModal();
}

/** The stream tells what changes; what was before is read anew whenever it opens. */
function listen() {
	const stream = new EventSource("api/stream");
	const on = (event, handle) => stream.addEventListener(event, ({ data }) => handle(JSON.parse(data)));
	stream.addEventListener("open", () => {
		connectionIs("live", "live");
		void quietly(loadEverything());
	});
	stream.addEventListener("error", () => {
		connectionIs("connecting", "reconnecting");
		// After a refusal the browser gives up by itself.
		if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3_000);
	});
	on("status", (status) => {
		connectionIs("live", "live");
		onStatus(status);
	});
	on("offline", () => connectionIs("offline", "monitor silent"));
	on("opportunity", (submitted) => table.submitted(submitted));
	on("landing", (settlement) => {
		if (!table.settled(settlement)) void quietly(adopt(settlement.intentId));
	});
	on("books", (books) => {
		denominations.learn(books.lines);
		showBooks(books);
	});
	on("halt", () => void quietly(read("status").then(onStatus)));
}

async function loadIntents() {
	table.load(await read("intents"));
}

/** A landing whose beginning was missed. */
async function adopt(intentId) {
	table.load([await read(`intents/${intentId}`)]);
}

async function loadEverything() {
	const loads = [
		read("status").then(onStatus),
		loadEquity(),
		loadPools(),
		read("positions").then(showPositions),
		loadIntents(),
		orders.load(),
		read("health").then(showActors),
	];
	await Promise.allSettled(loads);
}

function connectionIs(state, text) {
	byId("connection").dataset.state = state;
	setText("connection", text);
}

/** A failed read shows by its numbers standing still and by the connection's state. */
async function quietly(promise) {
	try {
		await promise;
	} catch {
		// The next interval asks again.
	}
}

/** Asks at intervals while the page is seen, one question at a time. */
function repeat(intervalMs, ask) {
	const next = async () => {
		if (!document.hidden) await quietly(ask());
		setTimeout(next, intervalMs);
	};
	setTimeout(next, intervalMs);
}

listen();
repeat(POOLS_INTERVAL_MS, loadPools);
repeat(POSITIONS_INTERVAL_MS, () => read("positions").then(showPositions));
repeat(ORDERS_INTERVAL_MS, () => orders.load());
repeat(HEALTH_INTERVAL_MS, () => read("health").then(showActors));
repeat(INTENTS_INTERVAL_MS, loadIntents);
