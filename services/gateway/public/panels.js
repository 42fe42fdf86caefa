import { byId, element, setText } from "./dom.js";
import { amount, brief, count, duration, micros, price, tone } from "./format.js";

/** Bars run from a microsecond to ten seconds, in powers of ten. */
const DECADES = 7;
const STAGES = [
	["receivedToDecoded", "decode"],
	["decodedToFound", "find"],
	["foundToApproved", "approve"],
	["approvedToSigned", "sign"],
	["signedToSent", "send"],
	["sentToLanded", "land"],
	["receivedToSigned", "tick to signed"],
];
/** Of more assets than this only those that were ever held are listed. */
const MAXIMUM_IDLE_ROWS = 12;
/** From here on a spread catches the eye: about what two pool fees cost. */
const WIDE_SPREAD_BPS = 50;

export function showStatus(status) {
	setText("mode", status.mode);
	const state = byId("trading-state");
	state.dataset.state = status.tradingState;
	setText("trading-state", status.tradingState);
	setText("slot", count(status.slot));
	setText("uptime", duration(status.uptimeSeconds));
	const { pools, stalePools, updates } = status.feed;
	setText("pool-count", stalePools > 0 ? `${pools} (${stalePools} stale)` : String(pools));
	setText("updates", count(updates));
	const { equity } = status;
	if (equity) {
		setText("equity-symbol", equity.symbol);
		setText("equity", `${amount(equity.profit, equity.decimals, { signed: true })} ${equity.symbol}`);
		byId("equity").className = `figure ${tone(equity.profit)}`;
	}
	showKpis(status);
	showStrategies(status.strategy.strategies);
	showLatencies(status.latencyMicros);
	showBooks({ slot: status.booksSlot, lines: status.books, inFlight: status.inFlight });
}

function showKpis({ equity, executor, strategy, risk, latencyMicros, books, inFlight }) {
	const { landed, reverted, expired, reversed, unknown, submitted } = executor;
	const ended = landed + reverted + expired;
	const wrong = books.filter(({ difference }) => difference !== "0");
	const signed = latencyMicros.receivedToSigned;
	const codes = Object.entries(risk.deniedByCode).sort(([, one], [, other]) => other - one);
	const cards = [
		{
			id: "profit",
			name: "Realised profit",
			value: equity ? brief(equity.profit, equity.decimals, { signed: true }) : "–",
			unit: equity?.symbol,
			tone: equity ? tone(equity.profit) : "",
			note: books.filter(moved).map(resultText).join(", ") || "nothing traded yet",
		},
		{
			id: "landed",
			name: "Landed",
			value: count(landed),
			note:
				ended > 0 ? `${((100 * landed) / ended).toFixed(1)} % of ${count(submitted)} submitted` : "no submission yet",
		},
		{
			id: "reverted",
			name: "Reverted, expired",
			value: `${count(reverted)} / ${count(expired)}`,
			note:
				[unknown > 0 && `${unknown} unknown`, reversed > 0 && `${reversed} taken back by forks`]
					.filter(Boolean)
					.join(", ") || "each cost its fee at most",
			tone: unknown > 0 || reversed > 0 ? "loss" : "",
		},
		{
			id: "opportunities",
			name: "Opportunities",
			value: count(strategy.opportunities),
			note: `${count(strategy.intents)} became intents`,
		},
		{
			id: "approved",
			name: "Approved, denied",
			value: `${count(risk.approved)} / ${count(risk.denied)}`,
			note: codes.map(([code, times]) => `${code} ${count(times)}`).join(", ") || "no denial",
		},
		{
			id: "latency",
			name: "Tick to signed",
			value: signed.count > 0 ? micros(signed.p50) : "–",
			note: signed.count > 0 ? `p99 ${micros(signed.p99)}` : "not measured yet",
		},
		{
			id: "balance",
			name: "Books against chain",
			value: books.length === 0 ? "–" : wrong.length === 0 ? "exact" : "differ",
			tone: books.length === 0 ? "" : wrong.length === 0 ? "gain" : "loss",
			note: wrong.map(({ symbol }) => symbol).join(" ") || `${inFlight} in flight`,
		},
	];
	const holder = byId("kpis");
	for (const card of cards) showCard(holder, card);
}

function showCard(holder, { id, name, value, unit, tone: colour = "", note }) {
	let card = holder.querySelector(`[data-testid="kpi-${id}"]`);
	if (!card) {
		card = element(
			"div",
			{ class: "kpi", "data-testid": `kpi-${id}` },
			element("span", { class: "name" }, name),
			element("span", { class: "value" }),
			element("span", { class: "note" }),
		);
		holder.append(card);
	}
	const [, valueNode, noteNode] = card.children;
	valueNode.className = `value ${colour}`;
	valueNode.replaceChildren(value, ...(unit ? [element("small", {}, unit)] : []));
	noteNode.textContent = note;
	noteNode.title = note;
}

function showLatencies(latencies) {
	const holder = byId("latencies");
	if (holder.childElementCount === 0) {
		holder.append(
			...STAGES.map(([key, name]) =>
				element(
					"div",
					{ class: key === "receivedToSigned" ? "stage main" : "stage", "data-testid": `stage-${key}` },
					element("span", { class: "name" }, name),
					element("span", { class: "track" }, element("i", { class: "p99" }), element("i", { class: "p50" })),
					element("span", { class: "value" }, "–"),
				),
			),
		);
	}
	STAGES.forEach(([key], index) => {
		const { p50, p99, count: observed } = latencies[key] ?? { p50: 0, p99: 0, count: 0 };
		const row = holder.children[index];
		const [, track, value] = row.children;
		track.children[0].style.width = `${share(p99)}%`;
		track.children[1].style.width = `${share(p50)}%`;
		value.textContent = observed > 0 ? `${micros(p50)} · ${micros(p99)}` : "–";
		row.title = `${count(observed)} observations`;
	});
}

function share(value) {
	return value > 0 ? Math.max(1.5, Math.min(100, (Math.log10(value) / DECADES) * 100)) : 0;
}

export function showBooks({ slot, lines, inFlight }) {
	setText(
		"books-hint",
		lines.length > 0
			? `opening + fills − fees − tips − loan fees = chain, at slot ${count(slot)}, ${inFlight} in flight`
			: "",
	);
	const shown = worthShowing(lines, ({ opening, chain, fills, difference }) => [opening, chain, fills, difference]);
	const rows = shown.map((line) => {
		const cell = (units) => element("td", { class: "number" }, amount(units, line.decimals));
		return element(
			"tr",
			{ "data-testid": `book-${line.symbol}` },
			element("td", { title: line.mint }, line.symbol),
			cell(line.opening),
			cell(line.fills),
			cell(line.fees),
			cell(line.tips),
			cell(line.loanFees),
			cell(line.chain),
			element(
				"td",
				{ class: `number ${line.difference === "0" ? "gain" : "loss"}`, "data-testid": `difference-${line.symbol}` },
				line.difference === "0" ? "0" : amount(line.difference, line.decimals, { signed: true }),
			),
		);
	});
	if (shown.length < lines.length)
		rows.push(emptyRow(8, `and ${lines.length - shown.length} never held, difference 0`));
	byId("books").replaceChildren(...(rows.length > 0 ? rows : [emptyRow(8, "No cut of the books yet.")]));
}

export function showPositions(positions) {
	const shown = worthShowing(positions, ({ balance, reserved, realised }) => [balance, reserved, realised]);
	const rows = shown.map(({ mint, symbol, decimals, balance, reserved, realisedToday }) =>
		element(
			"tr",
			{ "data-testid": `position-${symbol}` },
			element("td", { title: mint }, symbol),
			element("td", { class: "number", title: amount(balance, decimals) }, brief(balance, decimals)),
			element("td", { class: "number muted", title: amount(reserved, decimals) }, brief(reserved, decimals)),
			element(
				"td",
				{ class: `number ${tone(realisedToday)}`, title: amount(realisedToday, decimals) },
				brief(realisedToday, decimals, { signed: true }),
			),
		),
	);
	if (shown.length < positions.length) rows.push(emptyRow(4, `and ${positions.length - shown.length} never held`));
	byId("positions").replaceChildren(...(rows.length > 0 ? rows : [emptyRow(4, "No position.")]));
}

function showStrategies(strategies) {
	const rows = strategies.map(({ name, enabled, running, waitingFor, parameters, ...counters }) =>
		element(
			"tr",
			{ "data-testid": `strategy-${name}` },
			element("td", { title: parametersText(parameters) }, name),
			element("td", { class: "number" }, count(counters.opportunities)),
			element("td", { class: "number" }, count(counters.intents)),
			element("td", { class: "number" }, count(counters.inFlight)),
			element("td", { class: "number muted" }, counters.positions === null ? "–" : count(counters.positions)),
			element(
				"td",
				{ class: running || !enabled ? "muted" : "loss" },
				running ? "running" : enabled ? waitingFor : "switched off",
			),
		),
	);
	byId("strategies").replaceChildren(...(rows.length > 0 ? rows : [emptyRow(6, "No strategy has answered.")]));
}

function parametersText(parameters) {
	return Object.entries(parameters)
		.map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
		.join("\n");
}

export function showPools(pools) {
	const pairs = Map.groupBy(pools, ({ pair }) => pair);
	const groups = [...pairs].map(([pair, members]) => ({ pair, members, ...spreadOf(members) }));
	// In a steady order: rows that jump with every tick cannot be read.
	groups.sort((one, other) => one.pair.localeCompare(other.pair));
	setText("pools-hint", `${pools.length} pools, ${groups.length} pairs`);
	const nodes = groups.map(({ pair, members, spreadBps, mid, widest }) =>
		element(
			"div",
			{ class: "pair" },
			element(
				"div",
				{ class: "title" },
				pair,
				element(
					"span",
					{ class: spreadBps >= WIDE_SPREAD_BPS ? "spread wide" : "spread" },
					members.length > 1 ? `spread ${spreadBps.toFixed(1)} bps` : "one pool",
				),
			),
			...members
				.toSorted((one, other) => one.venue.localeCompare(other.venue) || one.address.localeCompare(other.address))
				.map((pool) => poolRow(pool, mid, widest)),
		),
	);
	byId("pools").replaceChildren(...(nodes.length > 0 ? nodes : [element("p", { class: "empty" }, "No pool yet.")]));
}

function poolRow(pool, mid, widest) {
	const bar = element("i");
	const offset = mid > 0 && pool.pairPrice > 0 ? pool.pairPrice / mid - 1 : 0;
	const width = widest > 0 ? (Math.abs(offset) / widest) * 50 : 0;
	bar.className = offset < 0 ? "below" : "";
	bar.style.width = `${width}%`;
	bar.style.left = `${offset < 0 ? 50 - width : 50}%`;
	const size = `${brief(pool.reserveA, pool.decimalsA)} ${pool.symbolA} and ${brief(pool.reserveB, pool.decimalsB)} ${pool.symbolB}`;
	return element(
		"div",
		{
			class: pool.stale ? "venue stale" : "venue",
			title: `${pool.address}\n${size}\nslot ${pool.slot}${pool.stale ? ", stale" : ""}`,
		},
		element("span", { class: "who" }, pool.stale ? `${pool.venue}, stale` : pool.venue),
		element("span", { class: "deviation" }, bar),
		element("span", { class: "price" }, price(pool.pairPrice)),
	);
}

function spreadOf(members) {
	const prices = members.filter(({ stale, pairPrice }) => !stale && pairPrice > 0).map(({ pairPrice }) => pairPrice);
	if (prices.length === 0) return { spreadBps: 0, mid: 0, widest: 0 };
	const low = Math.min(...prices);
	const high = Math.max(...prices);
	const mid = (low + high) / 2;
	return { spreadBps: (high / low - 1) * 10_000, mid, widest: high / mid - 1 };
}

export function showActors({ actors }) {
	byId("actors").replaceChildren(
		...actors.map(({ actor, node, state }) =>
			element("li", { title: node ?? "", data: { state } }, state === "ok" ? actor : `${actor} ${state}`),
		),
	);
}

function worthShowing(rows, amountsOf) {
	if (rows.length <= MAXIMUM_IDLE_ROWS) return rows;
	return rows.filter((row) => amountsOf(row).some((units) => units !== "0"));
}

function moved({ fills, fees, tips, loanFees }) {
	return fills !== "0" || fees !== "0" || tips !== "0" || loanFees !== "0";
}

function resultText({ fills, fees, tips, loanFees, decimals, symbol }) {
	return `${brief(String(BigInt(fills) - BigInt(fees) - BigInt(tips) - BigInt(loanFees)), decimals, { signed: true })} ${symbol}`;
}

function emptyRow(columns, text) {
	return element("tr", {}, element("td", { colspan: columns, class: "empty" }, text));
}
