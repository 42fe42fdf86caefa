import type { ChainReader } from "../chain/chain-reader.ts";
import { accountFilterOf } from "../rpc/account-filters.ts";
import { accountFormatOf } from "../rpc/encode-account.ts";
import { addressOf, Config, type Params } from "../rpc/params.ts";
import { invalidParams } from "../rpc/rpc-error.ts";
import type { Topic, TopicKind, TopicOf } from "./subscriptions.ts";

type TopicReader = (chain: ChainReader, params: Params) => Topic;

/** What each subscribe method asks for. */
export const SUBSCRIBE_METHODS: ReadonlyMap<string, TopicReader> = new Map<string, TopicReader>([
	[
		"accountSubscribe",
		(_chain, params) => {
			const key = params.address(0, "the account address");
			const config = params.config(1);
			return { kind: "account", commitment: config.bareCommitment(), key, format: accountFormatOf(config) };
		},
	],
	[
		"programSubscribe",
		(_chain, params) => {
			const program = params.address(0, "the program address");
			const config = params.config(1);
			const passes = accountFilterOf(config);
			return { kind: "program", commitment: config.bareCommitment(), program, format: accountFormatOf(config), passes };
		},
	],
	[
		"signatureSubscribe",
		(_chain, params) => {
			const signature = params.signature(0, "the signature");
			return { kind: "signature", commitment: params.config(1).bareCommitment(), signature };
		},
	],
	[
		"logsSubscribe",
		(_chain, params) => ({
			kind: "logs",
			commitment: params.config(1).bareCommitment(),
			mentions: mentionsOf(params.raw(0)),
		}),
	],
	["slotSubscribe", () => ({ kind: "slot" })],
	["rootSubscribe", () => ({ kind: "root" })],
]);

/** The kind of subscription that each unsubscribe method ends. */
export const UNSUBSCRIBE_METHODS: ReadonlyMap<string, TopicKind> = new Map<string, TopicKind>([
	["accountUnsubscribe", "account"],
	["programUnsubscribe", "program"],
	["signatureUnsubscribe", "signature"],
	["logsUnsubscribe", "logs"],
	["slotUnsubscribe", "slot"],
	["rootUnsubscribe", "root"],
]);

/** All transactions, or those that name one account. There are no votes, so that both "all" forms are one. */
function mentionsOf(filter: unknown): TopicOf<"logs">["mentions"] {
	if (filter === "all" || filter === "allWithVotes") return null;
	if (typeof filter !== "object" || filter === null || Array.isArray(filter)) {
		throw invalidParams('the filter must be "all", "allWithVotes" or an object with mentions');
	}
	const mentions = new Config(filter as Record<string, unknown>).list("mentions", 1);
	if (mentions?.length !== 1) throw invalidParams("mentions must hold exactly one address");
	return addressOf(mentions[0], "mentions[0]");
}
