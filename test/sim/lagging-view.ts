import { FINALITY_SLOTS } from "../../services/localnet/chain/types.ts";
import type { RpcAnswer, RpcCall, Treatment } from "../support/rpc-gate.ts";

export interface Lag {
	/** How far the node is behind; at least {@link FINALITY_SLOTS}. */
	readonly slots: number;
	/** The chain's open slot. */
	readonly slot: () => number;
}

/** Agave's codes (rpc-client-api, custom_error.rs). */
const NODE_UNHEALTHY = -32_005;
const MIN_CONTEXT_SLOT_NOT_REACHED = -32_016;
const FINAL = { commitment: "finalized" };
const HEIGHTS = new Set(["getSlot", "getBlockHeight", "getEpochInfo"]);
const ACCOUNT_READS = new Set([
	"getAccountInfo",
	"getBalance",
	"getMultipleAccounts",
	"getProgramAccounts",
	"getTokenAccountsByOwner",
]);

interface Config {
	readonly commitment?: string;
	readonly minContextSlot?: number;
}

/**
 * A node that is behind, and honestly so: it knows of nothing after its own slot, and every answer names the slot it is
 * of. Accounts it can tell of as they were {@link FINALITY_SLOTS} slots ago, which is as far back as the chain remembers;
 * further behind it refuses.
 */
export function laggingView({ method, params }: RpcCall, { slots, slot }: Lag): Treatment {
	const fault = "lagging";
	const newest = Math.max(0, slot() - slots);
	const config = params.find(isConfig);
	if (config?.minContextSlot !== undefined && config.minContextSlot > newest) {
		return { fault, instead: refusal(MIN_CONTEXT_SLOT_NOT_REACHED, "Minimum context slot has not been reached") };
	}
	if (method === "getSignatureStatuses") return { fault, tell: (answer) => statusesUpTo(answer, newest) };
	if (method === "getTransaction") {
		return { fault, tell: (answer) => (slotOf(answer.result) > newest ? { result: null } : answer) };
	}
	if (method === "getSignaturesForAddress") {
		return {
			fault,
			tell: ({ result, ...rest }) => ({ ...rest, ...(Array.isArray(result) && listUpTo(result, newest)) }),
		};
	}
	if (HEIGHTS.has(method)) return { fault, tell: (answer) => lowered(answer, slots) };
	if (ACCOUNT_READS.has(method) && slots > FINALITY_SLOTS) {
		return { fault, instead: refusal(NODE_UNHEALTHY, `Node is behind by ${slots} slots`) };
	}
	if (!config) return {};
	return { fault, params: params.map((each) => (each === config ? { ...config, ...FINAL } : each)) };
}

function refusal(code: number, message: string): NonNullable<Treatment["instead"]> {
	return { status: 200, body: { error: { code, message } } };
}

interface Status {
	readonly slot: number;
}

function statusesUpTo(answer: RpcAnswer, newest: number): RpcAnswer {
	if (!answer.result) return answer;
	const { context, value } = answer.result as { context: Status; value: readonly (Status | null)[] };
	const statuses = value.map((status) => {
		if (status === null || status.slot > newest) return null;
		return { ...status, confirmationStatus: status.slot <= newest - FINALITY_SLOTS ? "finalized" : "confirmed" };
	});
	return { result: { context: { ...context, slot: newest }, value: statuses } };
}

function listUpTo(entries: readonly Status[], newest: number): RpcAnswer {
	return { result: entries.filter((entry) => entry.slot <= newest) };
}

/** Heights of a node that is so many slots behind. */
function lowered({ result, ...rest }: RpcAnswer, slots: number): RpcAnswer {
	if (typeof result === "number") return { result: Math.max(0, result - slots) };
	if (!result) return rest;
	const info = result as { absoluteSlot: number; blockHeight: number };
	return {
		result: {
			...info,
			absoluteSlot: Math.max(0, info.absoluteSlot - slots),
			blockHeight: Math.max(0, info.blockHeight - slots),
		},
	};
}

function slotOf(transaction: unknown): number {
	return (transaction as Status | null | undefined)?.slot ?? 0;
}

function isConfig(value: unknown): value is Config {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !("programId" in value);
}
