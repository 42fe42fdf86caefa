import { currentEnvironment } from "../../config/environment.ts";
import type { Config } from "../../config/schema.ts";
import { newOrderId } from "../../core/orders/order.ts";
import { parseDecimal } from "../../core/types/decimal.ts";
import { systemRandom } from "../../libs/random.ts";
import { openSecrets } from "../../libs/secrets/open-secrets.ts";
import type { Terminal } from "../../libs/secrets/terminal.ts";
import { Vault } from "../../libs/secrets/vault.ts";
import { CommandError, UsageError } from "./command-error.ts";
import { type Answer, complaintOf, DeskApi } from "./desk-api.ts";
import { type OrderAnswer, orderLine, type PositionAnswer, positionLine } from "./order-lines.ts";
import type { OrderCommand, OrderWish } from "./order-words.ts";

/**
 * Runs one order command.
 *
 * @throws UsageError, CommandError naming what to do
 */
export async function runOrderCommand(command: OrderCommand, config: Config, terminal: Terminal): Promise<void> {
	const api = new DeskApi(config, new Vault({ provider: openSecrets(config.secrets, currentEnvironment()) }));
	const told = await act(command, config, api);
	if (command.json) terminal.write(`${JSON.stringify(told.body)}\n`);
	else for (const line of told.lines) terminal.write(`${line}\n`);
}

/** What a cancellation came to, by the order's status. */
const FATES: Readonly<Record<string, string>> = {
	cancelled: "is cancelled",
	filled: "is filled, and trades no more if a fork takes that back",
};

/** What came of a command: the gateway's own words for programs, lines for people. */
interface Told {
	readonly body: unknown;
	readonly lines: readonly string[];
}

async function act(command: OrderCommand, config: Config, api: DeskApi): Promise<Told> {
	const { assets } = config;
	switch (command.action) {
		case "submit": {
			const order = await submit(command.wish, config, api);
			return { body: order, lines: [orderLine(order, assets)] };
		}
		case "list": {
			const { state, count } = command;
			const query = new URLSearchParams({ ...(state !== null && { state }), ...(count !== null && { limit: count }) });
			const text = query.toString();
			const orders = expected<OrderAnswer[]>(await api.read(text === "" ? "/api/orders" : `/api/orders?${text}`));
			const lines = orders.map((order) => orderLine(order, assets));
			return { body: orders, lines: lines.length > 0 ? lines : ["no orders"] };
		}
		case "show": {
			const order = expected<OrderAnswer>(await api.read(pathOf(command.orderId)));
			return { body: order, lines: [JSON.stringify(order, null, 2)] };
		}
		case "cancel": {
			const order = expected<OrderAnswer>(await api.remove(pathOf(command.orderId)));
			const fate = FATES[order.status] ?? "ends with the attempt under way, which may still fill";
			return { body: order, lines: [`order ${order.orderId} ${fate}`] };
		}
		case "positions": {
			const positions = expected<PositionAnswer[]>(await api.get("/api/positions"));
			return { body: positions, lines: positions.map(positionLine) };
		}
	}
}

async function submit(wish: OrderWish, config: Config, api: DeskApi): Promise<OrderAnswer> {
	// A name of its own makes it safe to ask again: the same name is one order.
	const clientOrderId = wish.clientOrderId ?? `cli-${newOrderId(systemRandom)}`;
	const { type, side, timeInForce, limitPrice, stopPrice, slippageBps, timeoutMs } = wish;
	const answer = await api.post("/api/orders", {
		clientOrderId,
		type,
		side,
		baseMint: wish.base,
		quoteMint: wish.quote,
		amount: baseUnitsOf(wish, config),
		...(timeInForce !== null && { timeInForce }),
		...(limitPrice !== null && { limitPrice }),
		...(stopPrice !== null && { stopPrice }),
		...(slippageBps !== null && { slippageBps }),
		...(timeoutMs !== null && { timeoutMs }),
	});
	// Refused is refused; a gateway that got no answer itself knows as little as one that gave none.
	if (answer.reached && answer.status < 500) return expected<OrderAnswer>(answer);
	const remedy = `Whether the order was taken is not known: the same command with --id ${clientOrderId} makes no second one`;
	throw new CommandError(answer.reached ? "refused" : "notReached", `${complaintOf(answer)}. ${remedy}.`);
}

/** Digits, as the gateway wants them: a number has lost what it could not hold. */
function baseUnitsOf({ side, base, quote, amount }: OrderWish, { assets }: Config): string {
	if (amount.unit === "base") return amount.text;
	const given = side === "buy" ? quote : base;
	const asset = assets.find(({ symbol, mint }) => symbol === given || mint === given);
	if (!asset) {
		throw new UsageError(`${given} is not listed under assets: say the amount in its base units, with --base-units`);
	}
	const parsed = parseDecimal(amount.text, asset.decimals);
	if (parsed.ok) return parsed.value.toString();
	throw new UsageError(`--amount is a decimal with at most ${asset.decimals} places of ${asset.symbol}`);
}

/** @throws CommandError when the gateway does not answer, or refuses */
function expected<T>(answer: Answer): T {
	const complaint = complaintOf(answer);
	if (complaint === null && answer.reached) return answer.body as T;
	if (!answer.reached) throw new CommandError("notReached", `${answer.why}. Start it, or look at mojo status.`);
	throw new CommandError(answer.status === 401 ? "unauthorized" : "refused", `${complaint}.`);
}

function pathOf(orderId: string): string {
	return `/api/orders/${encodeURIComponent(orderId)}`;
}
