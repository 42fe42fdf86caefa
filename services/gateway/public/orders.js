import { forgetToken, keepToken, keptToken } from "./control.js";
import { byId, element, setText } from "./dom.js";
import { amount, brief, timeOfDay } from "./format.js";

const MOST_SHOWN = 50;

/** The orders, newest first. They show what is going to be traded, so the gateway asks for the token. */
export class OrderTable {
	#denominations;
	#shown = "";

	/** @param denominations names and decimals of mints */
	constructor(denominations) {
		this.#denominations = denominations;
		byId("orders-form").addEventListener("submit", (event) => {
			event.preventDefault();
			void this.load(byId("orders-token").value.trim());
		});
	}

	/** Reads the orders, with a token that this tab has or is given. */
	async load(token = keptToken()) {
		byId("orders-form").hidden = token !== null && token !== "";
		if (!token) return;
		const headers = { authorization: `Bearer ${token}` };
		const response = await fetch(`api/orders?limit=${MOST_SHOWN}`, { headers });
		if (response.status === 401) {
			forgetToken();
			byId("orders-form").hidden = false;
			setText("orders-hint", "This is not the API token.");
			return;
		}
		keepToken(token);
		byId("orders-token").value = "";
		setText("orders-hint", response.ok ? "" : "No order desk answers.");
		if (response.ok) this.#show(await response.text());
	}

	#show(text) {
		if (text === this.#shown) return;
		this.#shown = text;
		const orders = JSON.parse(text);
		setText("orders-hint", orders.length === 0 ? "No orders." : "");
		byId("orders").replaceChildren(...orders.map((order) => this.#row(order)));
	}

	#row(order) {
		const { side, baseMint, quoteMint, spent, received, attempts, end } = order;
		const [base, quote] = [baseMint, quoteMint].map((mint) => this.#denominations.mint(mint));
		const [given, taken] = side === "buy" ? [quote, base] : [base, quote];
		const units = (value, { symbol, decimals }) =>
			element("span", { title: `${amount(value, decimals)} ${symbol}` }, `${brief(value, decimals)} ${symbol}`);
		const prices = [order.limitPrice && `limit ${order.limitPrice}`, order.stopPrice && `stop ${order.stopPrice}`];
		return element(
			"tr",
			{ "data-testid": "order" },
			element("td", { class: "muted", title: order.orderId }, timeOfDay(order.acceptedAtMicros)),
			element("td", {}, `${side} ${base.symbol}/${quote.symbol}`),
			element("td", {}, `${order.type} ${order.timeInForce}`),
			element("td", {}, prices.filter(Boolean).join(", ") || "–"),
			element("td", { class: "number" }, units(spent, given), " of ", units(order.amount, given)),
			element("td", { class: "number" }, units(received, taken)),
			element("td", { class: "number muted" }, String(attempts)),
			element("td", {}, statusOf(order, end)),
		);
	}
}

/** What a fork can still take back is not shown as done. */
function statusOf({ status, isFinal, reversals }, end) {
	const why = end && end.code !== status ? `${end.code}: ${end.detail}` : null;
	return element(
		"span",
		{},
		element("span", { class: "badge", data: { status }, title: why ?? status }, status),
		isFinal ? null : element("span", { class: "hint", title: "A fork can still take it back." }, " not final"),
		reversals > 0 ? element("span", { class: "hint loss" }, ` taken back: ${reversals}`) : null,
	);
}
