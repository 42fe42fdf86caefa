import { parseArgs } from "node:util";
import { ORDER_TYPES, TIMES_IN_FORCE } from "../../core/orders/order.ts";
import { UsageError } from "./command-error.ts";

export const ORDER_HELP = `Orders: over the gateway of the configuration, with its API token
  mojo order submit <market|limit|stop|stop-limit> <buy|sell> <BASE/QUOTE> --amount <text> [options]
  mojo order list [--state <open|ended|filled|…>] [--limit <count>]
  mojo order show <order id>
  mojo order cancel <order id>
  mojo order positions

Options of submit
  --amount <decimal>         what is given at most: quote when buying, base when selling; of a symbol of the
                             configuration in whole units, else --base-units
  --base-units <digits>      the same in base units
  --limit-price <decimal>    whole quote for one base; for limit and stop-limit
  --stop-price <decimal>     for stop and stop-limit
  --life <ioc|fok|gtc|day>   without it ioc for market, gtc for all others
  --slippage-bps <number>    --timeout-ms <number>
  --id <text>                your own name for the order: the same name twice is one order
`;

/** An order as it was asked for; amounts are still texts. */
export interface OrderWish {
	readonly type: string;
	readonly side: string;
	readonly base: string;
	readonly quote: string;
	/** In whole units of the mint given, or in its base units. */
	readonly amount: { readonly unit: "whole" | "base"; readonly text: string };
	readonly limitPrice: string | null;
	readonly stopPrice: string | null;
	readonly timeInForce: string | null;
	readonly slippageBps: number | null;
	readonly timeoutMs: number | null;
	readonly clientOrderId: string | null;
}

export type OrderCommand = { readonly group: "order"; readonly json: boolean } & (
	| { readonly action: "submit"; readonly wish: OrderWish }
	| { readonly action: "list"; readonly state: string | null; readonly count: string | null }
	| { readonly action: "show" | "cancel"; readonly orderId: string }
	| { readonly action: "positions" }
);

const SUBMIT_OPTIONS = [
	"amount",
	"base-units",
	"limit-price",
	"stop-price",
	"life",
	"slippage-bps",
	"timeout-ms",
	"id",
] as const;
const LIST_OPTIONS = ["state", "limit"] as const;
const NO_OPTIONS: readonly string[] = [];

type OptionName = (typeof SUBMIT_OPTIONS)[number] | (typeof LIST_OPTIONS)[number];
type Options = Readonly<Partial<Record<OptionName, string>>>;

/**
 * Reads the words after `mojo order`.
 *
 * @throws UsageError
 */
export function parseOrderWords(words: readonly string[]): OrderCommand | "help" {
	const { values, positionals } = readWords(words);
	const { json, help, ...options } = values;
	if (help) return "help";
	const [action, ...rest] = positionals;
	const shared = { group: "order", json } as const;
	switch (action) {
		case "submit":
			expectOnly(options, SUBMIT_OPTIONS, "submit");
			return { ...shared, action, wish: wishOf(rest, options) };
		case "list": {
			expectOnly(options, LIST_OPTIONS, "list");
			expectCount(rest, 0, "order list takes options only");
			return { ...shared, action, state: options.state ?? null, count: options.limit ?? null };
		}
		case "show":
		case "cancel":
			expectOnly(options, NO_OPTIONS, action);
			expectCount(rest, 1, `order ${action} needs one order id, as order list shows it`);
			return { ...shared, action, orderId: rest[0] as string };
		case "positions":
			expectOnly(options, NO_OPTIONS, action);
			expectCount(rest, 0, "order positions takes no more words");
			return { ...shared, action };
		default:
			throw new UsageError(
				action ? `unknown command "order ${action}"` : "order needs submit, list, show, cancel or positions",
			);
	}
}

function wishOf(words: readonly string[], options: Options): OrderWish {
	const [typeWord = "", side = "", pair = "", ...more] = words;
	const type = typeWord === "stop-limit" ? "stopLimit" : typeWord;
	if (!isOneOf(ORDER_TYPES, type)) throw new UsageError("order submit needs market, limit, stop or stop-limit first");
	if (side !== "buy" && side !== "sell") throw new UsageError(`order submit ${typeWord} needs buy or sell next`);
	const [base, quote, none] = pair.split("/");
	if (!base || !quote || none !== undefined) throw new UsageError("the pair is written BASE/QUOTE, such as SOL/USDC");
	if (more.length > 0) throw new UsageError(`"${more[0]}" is one word too many`);
	const { amount, "base-units": baseUnits, life } = options;
	if ((amount === undefined) === (baseUnits === undefined)) throw new UsageError("give --amount or --base-units");
	if (life !== undefined && !isOneOf(TIMES_IN_FORCE, life)) {
		throw new UsageError(`--life is one of ${TIMES_IN_FORCE.join(", ")}`);
	}
	return {
		type,
		side,
		base,
		quote,
		amount: amount === undefined ? { unit: "base", text: baseUnits as string } : { unit: "whole", text: amount },
		limitPrice: options["limit-price"] ?? null,
		stopPrice: options["stop-price"] ?? null,
		timeInForce: life ?? null,
		slippageBps: numberOf(options, "slippage-bps"),
		timeoutMs: numberOf(options, "timeout-ms"),
		clientOrderId: options.id ?? null,
	};
}

function readWords(words: readonly string[]) {
	const text = { type: "string" } as const;
	try {
		return parseArgs({
			args: [...words],
			allowPositionals: true,
			options: {
				amount: text,
				"base-units": text,
				"limit-price": text,
				"stop-price": text,
				life: text,
				"slippage-bps": text,
				"timeout-ms": text,
				id: text,
				state: text,
				limit: text,
				json: { type: "boolean", default: false },
				help: { type: "boolean", short: "h", default: false },
			},
		});
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function expectOnly(options: Options, allowed: readonly string[], action: string): void {
	const strange = Object.keys(options).find((name) => !allowed.includes(name));
	if (strange !== undefined) throw new UsageError(`--${strange} does not belong to order ${action}`);
}

function expectCount(words: readonly string[], count: number, message: string): void {
	if (words.length !== count) throw new UsageError(message);
}

function numberOf(options: Options, name: OptionName): number | null {
	const text = options[name];
	if (text === undefined) return null;
	if (/^\d{1,12}$/.test(text)) return Number(text);
	throw new UsageError(`--${name} is a whole number`);
}

function isOneOf(values: readonly string[], value: string): boolean {
	return values.includes(value);
}
