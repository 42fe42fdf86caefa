import { byId, copyButton, element } from "./dom.js";
import { amount, brief, micros, short, timeOfDay, tone, venuePath } from "./format.js";

const MAXIMUM_ROWS = 100;

/** What became of an intent, in a word. */
export function outcomeOf({ verdict, state }) {
	if (verdict.status === "denied") return "denied";
	if (["landed", "reverted", "expired", "unknown"].includes(state)) return state;
	return "in flight";
}

/** What a landed trade gained in its funding mint, or null. */
export function realisedOf({ intent, fill }) {
	const change = fill?.changes.find(({ mint }) => mint === intent.fundingMint);
	if (!change || fill.reverted) return null;
	return (BigInt(change.fill) - BigInt(change.loanFee) - BigInt(change.networkFee)).toString();
}

const FILTERS = {
	all: () => true,
	landed: (outcome) => outcome === "landed",
	failed: (outcome) => ["reverted", "expired", "unknown"].includes(outcome),
	denied: (outcome) => outcome === "denied",
};

/** The newest intents, as rows that change while their lives go on. */
export class IntentTable {
	#traces = new Map();
	#rows = new Map();
	#filter = "all";
	#scheduled = false;
	#seen = false;
	#denominations;
	#open;

	/** @param denominations names and decimals of mints and pools; @param open shows a trace */
	constructor(denominations, open) {
		this.#denominations = denominations;
		this.#open = open;
		byId("filter").addEventListener("click", ({ target }) => {
			const { filter } = target.dataset;
			if (!filter) return;
			this.#filter = filter;
			for (const button of byId("filter").children) {
				button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
			}
			this.refresh();
		});
	}

	/** What the monitor knows, which may be a little less than what the stream has told. @param traces newest first */
	load(traces) {
		for (const trace of traces.toReversed()) {
			const { intentId } = trace.intent;
			const known = this.#traces.get(intentId);
			if (known && (outcomeOf(trace) === "in flight" || outcomeOf(trace) === outcomeOf(known))) continue;
			this.#traces.set(intentId, trace);
			this.#rows.delete(intentId);
		}
		this.#trim();
		this.refresh();
	}

	/** An intent and what risk said to it. */
	submitted({ intent, verdict }) {
		const known = this.#traces.get(intent.intentId);
		const blank = { executor: null, signature: null, fill: null, state: "none", timings: intent.timings };
		this.#traces.set(intent.intentId, { ...blank, ...known, intent, verdict });
		this.#trim();
		this.refresh();
	}

	/** How a submission ended. False: the intent is not known here. */
	settled({ intentId, outcome, signature, fill, executor, timings }) {
		const trace = this.#traces.get(intentId);
		if (!trace) return false;
		const merged = { ...trace.timings, ...timings };
		this.#traces.set(intentId, { ...trace, state: outcome, signature, fill, executor, timings: merged });
		this.#rows.delete(intentId);
		this.refresh();
		return true;
	}

	/** Draws once a frame, however much has happened. */
	refresh() {
		if (this.#scheduled) return;
		this.#scheduled = true;
		requestAnimationFrame(() => {
			this.#scheduled = false;
			this.#draw();
		});
	}

	/** Draws all anew, when names and decimals became known. */
	redraw() {
		this.#rows.clear();
		this.refresh();
	}

	#trim() {
		for (const id of this.#traces.keys()) {
			if (this.#traces.size <= MAXIMUM_ROWS) break;
			this.#traces.delete(id);
			this.#rows.delete(id);
		}
	}

	#draw() {
		const focused = document.activeElement?.closest?.("#intents tr")?.dataset.intent;
		const shows = FILTERS[this.#filter];
		const rows = [...this.#traces.values()]
			.reverse()
			.filter((trace) => shows(outcomeOf(trace)))
			.map((trace) => this.#row(trace));
		byId("intents").replaceChildren(...rows);
		byId("intents-empty").hidden = rows.length > 0;
		if (focused)
			byId("intents")
				.querySelector(`[data-intent="${CSS.escape(focused)}"]`)
				?.focus();
		this.#seen ||= rows.length > 0;
	}

	#row(trace) {
		const { intent, verdict, signature, timings } = trace;
		const existing = this.#rows.get(intent.intentId);
		if (existing) {
			existing.classList.remove("new");
			return existing;
		}
		const { symbol, decimals } = this.#denominations.mint(intent.fundingMint);
		const outcome = outcomeOf(trace);
		const realised = realisedOf(trace);
		const path = intent.legs.map(({ mintIn }) => this.#denominations.mint(mintIn).symbol);
		const venues = intent.legs.map(({ venue }) => venue);
		const toSigned = timings.signed && timings.received ? timings.signed - timings.received : null;
		const foundAt = timeOfDay(timings.found ?? timings.received ?? 0);
		const row = element(
			"tr",
			{ class: this.#seen ? "new" : "", tabindex: "0", data: { intent: intent.intentId }, "data-testid": "intent" },
			element("td", { title: foundAt }, foundAt.slice(0, 8)),
			element(
				"td",
				{},
				`${path.concat(path[0] ?? "").join(" → ")} `,
				element("span", { class: "route", title: venues.join(" → ") }, venuePath(venues)),
			),
			element("td", { class: "number" }, `${brief(intent.loan.amount, decimals)} ${symbol}`),
			element("td", { class: "number muted" }, brief(intent.expectedNetProfit, decimals, { signed: true })),
			element(
				"td",
				{ class: `number ${realised === null ? "muted" : tone(realised)}` },
				realised === null ? "–" : brief(realised, decimals, { signed: true }),
			),
			element(
				"td",
				{},
				element(
					"span",
					{ class: "badge", data: { outcome }, title: [verdict.code, verdict.detail].filter(Boolean).join(": ") },
					verdict.code ?? outcome,
				),
			),
			element("td", { class: "number" }, toSigned === null ? "–" : micros(toSigned)),
			element(
				"td",
				{ class: "mono" },
				signature ? short(signature) : "–",
				signature ? copyButton(signature, "signature") : null,
			),
		);
		row.addEventListener("click", () => this.#open(intent.intentId));
		row.addEventListener("keydown", ({ key, target }) => {
			if (key === "Enter" && target === row) this.#open(intent.intentId);
		});
		this.#rows.set(intent.intentId, row);
		return row;
	}
}

/** The whole life of an intent, as the dialog shows it. */
export function traceView(trace, denominations) {
	const { intent, verdict, fill, timings, signature, executor } = trace;
	const funding = denominations.mint(intent.fundingMint);
	const inFunding = (units, options) => `${amount(units, funding.decimals, options)} ${funding.symbol}`;
	const realised = realisedOf(trace);
	const facts = [
		["Intent", intent.intentId],
		["Strategy", `${intent.strategy}, ${intent.cycle}`],
		[
			"Outcome",
			`${outcomeOf(trace)}${verdict.code ? `: ${verdict.code}` : ""}${verdict.detail ? `, ${verdict.detail}` : ""}`,
		],
		["Loan", `${inFunding(intent.loan.amount)}, fee ${inFunding(intent.loan.fee)}`],
		[
			"Expected profit",
			`${inFunding(intent.expectedNetProfit, { signed: true })}, at least ${inFunding(intent.minimumProfit)}`,
		],
		["Realised profit", realised === null ? "–" : inFunding(realised, { signed: true })],
		[
			"Slot",
			`found in ${intent.triggerSlot}${fill ? `, landed in ${fill.slot} (+${fill.slot - intent.triggerSlot})` : ""}`,
		],
		["Executor", executor ?? "–"],
		["Compute units", fill ? `${fill.computeUnits} of ${intent.computeUnitLimit}` : `limit ${intent.computeUnitLimit}`],
		...(fill?.error ? [["Chain error", fill.error]] : []),
	];
	const list = element(
		"dl",
		{ class: "pairs" },
		...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
		element("dt", {}, "Signature"),
		element("dd", { class: "mono" }, signature ?? "–", signature ? copyButton(signature, "signature") : null),
	);
	const raw = element("pre", { class: "mono", tabindex: "0" }, JSON.stringify(trace, null, 2));
	return [
		list,
		element("h3", {}, "Stages, since the market data came in"),
		timeline(timings),
		element("h3", {}, "Legs"),
		legsTable(trace, denominations),
		...(fill ? [element("h3", {}, "Changes of balance"), changesTable(fill, denominations)] : []),
		element("details", {}, element("summary", {}, "Everything, as JSON"), raw),
	];
}

function timeline(timings) {
	const stages = ["received", "decoded", "found", "approved", "claimed", "signed", "sent", "landed"];
	const start = timings.received ?? timings.found ?? 0;
	const reached = stages.filter((stage) => timings[stage] !== undefined);
	return element(
		"ol",
		{ class: "timeline" },
		...reached.map((stage) =>
			element(
				"li",
				{},
				element("b", {}, stage),
				element(
					"span",
					{},
					stage === "received" ? timeOfDay(start) : `+${micros(Math.max(0, timings[stage] - start))}`,
				),
			),
		),
	);
}

function legsTable({ intent, fill }, denominations) {
	const cell = (units, mint) => {
		const { symbol, decimals } = denominations.mint(mint);
		return element("td", { class: "number" }, units === undefined ? "–" : `${amount(units, decimals)} ${symbol}`);
	};
	const rows = intent.legs.map((leg, index) =>
		element(
			"tr",
			{},
			element("td", {}, leg.venue, element("span", { class: "route mono", title: leg.pool }, ` ${short(leg.pool)}`)),
			cell(leg.amountIn, leg.mintIn),
			cell(leg.expectedAmountOut, leg.mintOut),
			cell(leg.minimumAmountOut, leg.mintOut),
			cell(fill?.legs[index]?.amountOut, leg.mintOut),
		),
	);
	return table(["Pool", "In", "Expected out", "Minimum out", "Out"], rows);
}

function changesTable({ changes }, denominations) {
	const rows = changes.map(({ mint, fill, loanFee, networkFee, balanceAfter }) => {
		const { symbol, decimals } = denominations.mint(mint);
		const cell = (units, options) => element("td", { class: "number" }, amount(units, decimals, options));
		return element(
			"tr",
			{},
			element("td", {}, symbol),
			cell(fill, { signed: true }),
			cell(loanFee),
			cell(networkFee),
			cell(balanceAfter),
		);
	});
	return table(["Asset", "Fill", "Loan fee", "Network fee", "Balance after"], rows);
}

function table(titles, rows) {
	const heads = titles.map((title, index) =>
		element("th", { scope: "col", class: index === 0 ? "" : "number" }, title),
	);
	return element(
		"div",
		{ class: "scroll" },
		element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
	);
}
