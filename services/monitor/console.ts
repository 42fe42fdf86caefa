import type { Equity, IntentTrace, SystemStatus } from "../../broker/contracts/monitor.ts";
import type { BookLine, Books } from "../../broker/contracts/risk.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { realisedOf } from "./equity.ts";

/** The widest line. */
export const COLUMNS = 100;

/** How a mint is called and counted. */
export interface Denomination {
	readonly symbol: string;
	readonly decimals: number;
}

export interface TerminalAccountOptions {
	readonly write: (text: string) => void;
	/** ANSI colours. */
	readonly colours: boolean;
	readonly denominationOf: (mint: string) => Denomination;
	/** Seconds since the process began to trade. */
	readonly elapsedSeconds: () => number;
}

export interface Places {
	readonly mode: string;
	readonly rpcUrl: string;
	readonly wsUrl: string;
	readonly dashboardUrl: string;
	readonly metricsUrl: string;
}

type Colour = "green" | "red" | "dim" | "bold";
const CODES: Readonly<Record<Colour, number>> = { green: 32, red: 31, dim: 2, bold: 1 };
interface Part {
	readonly colour?: Colour;
	readonly text: string;
}
type Paint = (colour: Colour, text: string) => string;

/** What a person at the terminal is told: few lines, each worth reading. */
export class TerminalAccount {
	readonly #options: TerminalAccountOptions;
	readonly #paint: Paint;
	#sawOpportunity = false;
	#sawLanding = false;
	#state: TradingStateRecord | null = null;

	constructor(options: TerminalAccountOptions) {
		this.#options = options;
		this.#paint = options.colours ? (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m` : (_, text) => text;
	}

	started(places: Places): void {
		this.#say(startLines(places, this.#paint));
	}

	/** Told once: that the machine finds something. */
	opportunity({ intent }: Pick<IntentTrace, "intent">): void {
		if (this.#sawOpportunity) return;
		this.#sawOpportunity = true;
		const { denominationOf, elapsedSeconds } = this.#options;
		const asset = denominationOf(intent.fundingMint);
		const amountOf = (units: bigint): string => `${formatAmount(units, asset.decimals)} ${asset.symbol}`;
		this.#say([
			`first opportunity after ${elapsedSeconds()} s: expect +${amountOf(intent.expectedNetProfit)}`,
			clip(
				`  ${intent.loan ? `borrow ${amountOf(intent.loan.amount)}, ` : ""}${intent.legs.map(({ venue }) => venue).join(" → ")}`,
			),
		]);
	}

	/** Told once: that a trade landed. */
	settled(settlement: Settlement, fundingMint: string | null): void {
		if (this.#sawLanding || settlement.outcome !== "landed") return;
		this.#sawLanding = true;
		const { denominationOf, elapsedSeconds } = this.#options;
		const asset = denominationOf(fundingMint ?? "");
		const gain = fundingMint === null ? null : profitOf(settlement, fundingMint);
		const profit = gain === null ? "" : `: ${formatSigned(gain, asset.decimals)} ${asset.symbol}`;
		const slot = settlement.fill ? ` in slot ${settlement.fill.slot}` : "";
		this.#say([
			`${this.#paint("green", "first trade landed")} after ${elapsedSeconds()} s${slot}${profit}`,
			`  ${settlement.signature}`,
		]);
	}

	/** Risk repeats its state for those that start late: only a change is told, and a start that is not active. */
	stateIs(record: TradingStateRecord): void {
		const known = this.#state;
		this.#state = record;
		const { state, changedBy, reason, changedAtMicros } = record;
		if (known ? known.changedAtMicros === changedAtMicros && known.state === state : state === "active") return;
		const colour = state === "active" ? "green" : "red";
		const lead = `trading is ${state}`;
		const cause = clip(` (${changedBy}: ${printable(reason)})`, COLUMNS - lead.length);
		this.#say([`trading is ${this.#paint(colour, state)}${cause}`]);
	}

	status(status: SystemStatus): void {
		this.#say([statusLine(status, this.#paint)]);
	}

	/** The session's books, or why there are none. */
	farewell(books: Books | null): void {
		if (!books) {
			this.#say(["", "books: risk did not answer; the next start reads them from the ledger and the chain"]);
			return;
		}
		this.#say(["", `books at slot ${books.slot}`, printBooks(books, this.#paint)]);
	}

	#say(lines: readonly string[]): void {
		this.#options.write(`${lines.join("\n")}\n`);
	}
}

export function startLines({ mode, rpcUrl, wsUrl, dashboardUrl, metricsUrl }: Places, paint: Paint = plain): string[] {
	return [
		paint("bold", `mojo-hft ${mode}`),
		`  chain      ${rpcUrl}  ${wsUrl}`,
		`  dashboard  ${dashboardUrl}`,
		`  metrics    ${metricsUrl}`,
	];
}

/** One line, at most {@link COLUMNS} wide. */
export function statusLine(status: SystemStatus, paint: Paint = plain): string {
	const { landed, reverted, reversed } = status.executor;
	const wrong = status.books.filter(({ difference }) => difference !== 0n);
	const latency = status.latencyMicros.receivedToSigned;
	// What a person must see stands first, where nothing cuts it off.
	const alarms: Part[] = [];
	if (status.tradingState !== "active") alarms.push({ colour: "red", text: status.tradingState });
	if (wrong.length > 0) alarms.push({ colour: "red", text: `books OFF ${wrong.map(differenceText).join(" ")}` });
	if (status.silent.length > 0) alarms.push({ colour: "red", text: `silent: ${status.silent.join(" ")}` });
	const parts: Part[] = [
		...alarms,
		{ text: `slot ${status.slot}` },
		{ text: `${status.strategy.opportunities} found` },
		{ text: `${landed} landed` },
		{ text: `${reverted} reverted` },
		...(reversed > 0 ? [{ colour: "red", text: `${reversed} taken back by forks` } as const] : []),
		{ text: profitText(status.books, status.equity) },
		...(status.books.length > 0 && wrong.length === 0 ? [{ colour: "green", text: "books ok" } as const] : []),
		{ text: `p50 ${latency.count > 0 ? `${latency.p50} µs` : "-"}` },
	];
	return joinWithin(parts, paint);
}

/**
 * Rows of the books, one mint a line; where the numbers are too wide for a line, one number a line. Mints that were never
 * held are counted, not listed.
 */
export function printBooks(books: Pick<Books, "lines">, paint: Paint = plain): string {
	const lines = books.lines.filter((line) => amountsOf(line).some((amount) => amount !== 0n));
	const untouched = books.lines.length - lines.length;
	const rest = untouched > 0 ? [`  and ${untouched} never held, difference 0`] : [];
	return [...booksTable(lines, paint), ...rest].join("\n");
}

function booksTable(lines: readonly BookLine[], paint: Paint): string[] {
	if (lines.length === 0) return [];
	const header = ["", "opening", "fills", "fees", "tips", "loan fees", "chain", "difference"];
	const rows = lines.map((line) => [
		line.symbol,
		...amountsOf(line).map((amount) => formatAmount(amount, line.decimals)),
	]);
	const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
	const total = widths.reduce((sum, width) => sum + width + 2, 0);
	const colourOf = (line: BookLine): Colour => (line.difference === 0n ? "green" : "red");
	if (total > COLUMNS) {
		return lines.flatMap((line, index) => [
			line.symbol,
			...header.slice(1).map((title, column) => {
				const text = rows[index]?.[column + 1] ?? "";
				return `  ${title.padEnd(11)}${title === "difference" ? paint(colourOf(line), text) : text}`;
			}),
		]);
	}
	const align = (row: readonly string[]): string[] =>
		row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)));
	const table = rows.map((row, index) => {
		const cells = align(row);
		const line = lines[index];
		const last = cells.pop() ?? "";
		return [...cells, line ? paint(colourOf(line), last) : last].join("  ");
	});
	return [paint("dim", align(header).join("  ")), ...table].map((line) => `  ${line}`);
}

/** An amount of base units as a decimal, exactly. */
export function formatAmount(amount: bigint, decimals: number): string {
	const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
	const whole = digits.slice(0, digits.length - decimals);
	const fraction = decimals === 0 ? "" : `.${digits.slice(digits.length - decimals)}`;
	return `${amount < 0n ? "-" : ""}${whole}${fraction}`;
}

/** The same with a plus before a gain. */
export function formatSigned(amount: bigint, decimals: number): string {
	return amount > 0n ? `+${formatAmount(amount, decimals)}` : formatAmount(amount, decimals);
}

/** What a landed trade gained in its funding mint, after loan fee and, where that is SOL, network fee and tip. */
export function profitOf({ fill }: Pick<Settlement, "fill">, fundingMint: string): bigint | null {
	const change = fill?.changes.find(({ mint }) => mint === fundingMint);
	return change ? change.fill - change.loanFee - change.networkFee - change.tip : null;
}

function profitText(books: readonly BookLine[], equity: Equity | null): string {
	const moved = books.filter((line) => realisedOf(line) !== 0n);
	if (moved.length === 0) return "profit 0";
	// Rounded towards zero for the eye; the books have it to the unit.
	const parts = moved.slice(0, 2).map((line) => `${rounded(realisedOf(line), line.decimals)} ${line.symbol}`);
	if (moved.length > 2 && equity) return `${rounded(equity.profit, equity.decimals)} ${equity.symbol}`;
	return parts.join(" ");
}

function rounded(amount: bigint, decimals: number): string {
	return formatSigned(amount, decimals).replace(/(\.\d{4})\d+$/, "$1");
}

function differenceText({ symbol, difference, decimals }: BookLine): string {
	return `${symbol} ${formatSigned(difference, decimals)}`;
}

function amountsOf({ opening, fills, fees, tips, loanFees, chain, difference }: BookLine): bigint[] {
	return [opening, fills, fees, tips, loanFees, chain, difference];
}

function joinWithin(parts: readonly Part[], paint: Paint): string {
	let width = 0;
	const shown: string[] = [];
	for (const { colour, text } of parts) {
		const room = COLUMNS - width - (shown.length > 0 ? 2 : 0);
		// An alarm is rather cut than left out, the rest rather left out than cut.
		if (text.length > room && (colour !== "red" || room < 4)) continue;
		const cut = clip(text, room);
		width += cut.length + (shown.length > 0 ? 2 : 0);
		shown.push(colour ? paint(colour, cut) : cut);
	}
	return shown.join("  ");
}

/** Cuts what does not fit, showing that it was cut. */
function clip(text: string, width: number = COLUMNS): string {
	return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Without what would steer a terminal: reasons come from outside. */
function printable(text: string): string {
	return text.replace(/\p{Cc}+/gu, " ");
}

function plain(_: Colour, text: string): string {
	return text;
}
